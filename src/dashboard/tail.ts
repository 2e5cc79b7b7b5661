/** The steps of one training as its trainer writes them down on this machine. */
import { open } from 'node:fs/promises';
import path from 'node:path';
import { shownOrNull } from '../domain/shownScores.ts';
import type { Metric } from '../domain/metric.ts';
import type { SentPointer } from '../runs/trainingPointers.ts';
import { parseEvent } from '../training/protocol.ts';
import type { TrainerEvent } from '../training/protocol.ts';
import type { OneOf } from './told.ts';

/** A step of a training. `rate`: pairs per second. `trainSeconds`: wall seconds of all its attempts so far. `score`: of a look at it. */
export interface Step {
  trial: string;
  number: number | null;
  step: number;
  totalSteps: number | null;
  loss: number | null;
  epoch: number | null;
  learningRate: number | null;
  rate: number | null;
  trainSeconds: number;
  score?: number | null;
}

/** A sign of life between two steps that are told: how far it is, and in which phase. */
export type Progress = Pick<Step, 'trial' | 'number' | 'step' | 'totalSteps' | 'trainSeconds'> & { phase: string };

/** What a training told, in the order in which it told it. */
export type Told = OneOf<'step' | 'progress'>;

/** What is read at once; the rest follows at the next look. */
const CHUNK_BYTES = 1024 * 1024;

export class Tail {
  readonly #file: string;
  readonly #metric: Pick<Metric, 'direction'>;
  #offset = 0;
  /** A line whose end has not been written yet. */
  #begun: Buffer = Buffer.alloc(0);
  #newest: Step;
  #seconds = { before: 0, from: null as number | null, last: 0 };

  constructor(
    folder: string,
    pointer: Pick<SentPointer, 'number'> & { dir: string },
    metric: Pick<Metric, 'direction'>,
  ) {
    this.#file = path.join(folder, 'events.jsonl');
    this.#metric = metric;
    this.#newest = {
      trial: pointer.dir,
      number: pointer.number ?? null,
      step: 0,
      totalSteps: null,
      loss: null,
      epoch: null,
      learningRate: null,
      rate: null,
      trainSeconds: 0,
    };
  }

  /** What was written since the last call; null: the file is not on this machine. */
  async read(): Promise<Told[] | null> {
    const file = await open(this.#file, 'r').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (!file) return null;
    try {
      const { size } = await file.stat();
      if (size < this.#offset) this.#startOver();
      const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, size - this.#offset));
      const { bytesRead } = await file.read(chunk, 0, chunk.length, this.#offset);
      this.#offset += bytesRead;
      return this.#told(Buffer.concat([this.#begun, chunk.subarray(0, bytesRead)]));
    } finally {
      await file.close();
    }
  }

  #startOver(): void {
    this.#offset = 0;
    this.#begun = Buffer.alloc(0);
    this.#seconds = { before: 0, from: null, last: 0 };
  }

  #told(bytes: Buffer): Told[] {
    const end = bytes.lastIndexOf(10) + 1;
    this.#begun = bytes.subarray(end);
    const events = bytes
      .toString('utf8', 0, end)
      .split('\n')
      .flatMap((line) => parseEvent(line) ?? []);
    return events.flatMap((event) => this.#follow(event) ?? []);
  }

  #follow(event: TrainerEvent): Told | null {
    const seconds = this.#seconds;
    if (event.event === 'started') {
      if (seconds.from !== null) seconds.before += Math.max(0, seconds.last - seconds.from);
      seconds.from = event.t;
      this.#newest = { ...this.#newest, step: event.resumed_from, totalSteps: event.total_steps };
    }
    seconds.last = event.t;
    const trainSeconds = seconds.before + (seconds.from === null ? 0 : Math.max(0, event.t - seconds.from));
    if (event.event === 'step') {
      const { step, loss, epoch } = event;
      this.#newest = {
        ...this.#newest,
        step,
        loss,
        epoch,
        totalSteps: event.total_steps,
        learningRate: event.learning_rate,
        rate: event.pairs_per_s,
        trainSeconds,
      };
      return { event: 'step', data: this.#newest };
    }
    if (event.event === 'eval')
      return {
        event: 'step',
        data: { ...this.#newest, step: event.step, trainSeconds, score: shownOrNull(this.#metric, event.score) },
      };
    if (event.event !== 'progress') return null;
    const { trial, number, totalSteps } = this.#newest;
    const step = event.step ?? this.#newest.step;
    return { event: 'progress', data: { trial, number, step, totalSteps, trainSeconds, phase: event.phase } };
  }
}

/** A step as heartbeats tell it, of a training whose files lie on another machine. */
export function stepOf(pointer: SentPointer & { dir: string }): Step {
  const { dir: trial, number = null, step, totalSteps, loss, epoch, learningRate, trainSeconds, devScore } = pointer;
  return {
    trial,
    number,
    step,
    totalSteps,
    loss,
    epoch,
    learningRate,
    rate: pointer.pairsPerSecond,
    trainSeconds,
    ...(devScore === null ? {} : { score: devScore }),
  };
}
