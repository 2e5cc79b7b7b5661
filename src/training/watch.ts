/** Following one command of the trainer: heartbeats, hangs, the deadline, cancellation. */
import { said } from '../domain/said.ts';
import { workOf } from './protocol.ts';
import type { Answered, EventOf, TrainerEvent } from './protocol.ts';
import { TrainerFailure } from './trainerFailure.ts';
import type { TrainerProcess } from './trainerProcess.ts';

/** How often a watcher looks and a heartbeat is sent. */
const EVERY_MS = 500;

/** The `phase` of a training that a worker has taken and that waits there for a slot; facts of it are an earlier attempt's. */
export const WAITS_FOR_SLOT = 'slot';

/**
 * The newest facts of a training, small enough for every heartbeat. Rates are pairs per second; `etaSeconds` is time
 * left.
 */
export interface TrainingPointer {
  pid: number | null;
  phase: string;
  step: number;
  totalSteps: number | null;
  epoch: number | null;
  loss: number | null;
  learningRate: number | null;
  pairsPerSecond: number | null;
  etaSeconds: number | null;
  devScore: number | null;
  resumedFrom: number | null;
  /** Number of the trial, which the activity adds; absent before 0.4.0. */
  number?: number;
  /** Wall seconds that it has trained; what the run counts when the activity times out. */
  trainSeconds: number;
}

export interface Watch {
  command: Answered;
  /** Seconds without any event that count as a hang. */
  hangSeconds: number;
  /** Seconds it may still train; null = no limit. */
  maxSeconds: number | null;
  graceSeconds: number;
  cancelled: AbortSignal;
  heartbeat: (pointer: TrainingPointer) => void;
  /** Told of each checkpoint that is written. */
  onCheckpoint?: (step: number) => void;
}

/**
 * Follows a command to its end.
 *
 * @throws TrainerFailure as the trainer reports it, or `hang` or `deadline` as the watch finds it.
 */
export async function watchWork(trainer: TrainerProcess, watch: Watch): Promise<EventOf<'finished'>> {
  const pointer: TrainingPointer = {
    pid: null,
    phase: 'start',
    step: 0,
    totalSteps: null,
    epoch: null,
    loss: null,
    learningRate: null,
    pairsPerSecond: null,
    etaSeconds: null,
    devScore: null,
    resumedFrom: null,
    trainSeconds: 0,
  };
  let heard = Date.now();
  let startedAt: number | null = null;
  let computed = false;
  let ended: TrainerFailure | null = null;
  const work = workOf(watch.command);

  const timer = setInterval(() => {
    pointer.trainSeconds = startedAt === null ? 0 : (Date.now() - startedAt) / 1000;
    watch.heartbeat({ ...pointer });
    const silent = (Date.now() - heard) / 1000;
    if (!ended && silent > watch.hangSeconds) {
      ended = new TrainerFailure(
        'hang',
        said`no progress for ${Math.round(silent)} s (HANG_SECONDS ${watch.hangSeconds}) in ${pointer.phase} at step ${pointer.step}`,
        { step: pointer.step, phase: pointer.phase },
      );
      void trainer.kill(work, { forkHung: !computed });
    }
    if (
      !ended &&
      watch.maxSeconds !== null &&
      startedAt !== null &&
      (Date.now() - startedAt) / 1000 > watch.maxSeconds
    ) {
      ended = new TrainerFailure(
        'deadline',
        said`the time allowed for training was used up at step ${pointer.step} of ${pointer.totalSteps}`,
        { step: pointer.step },
      );
      void trainer.cancel(work, watch.graceSeconds);
    }
  }, EVERY_MS);
  const onCancel = () => void trainer.cancel(work, watch.graceSeconds);
  watch.cancelled.addEventListener('abort', onCancel, { once: true });

  try {
    watch.heartbeat({ ...pointer });
    await trainer.hello();
    heard = Date.now();
    watch.cancelled.throwIfAborted();
    // It was taken for hung while the trainer started: there is nothing yet that could be ended.
    if (ended) throw ended;
    return await trainer.request(watch.command, (event) => {
      heard = Date.now();
      if (event.event === 'started') startedAt = heard;
      computed ||= provesComputing(event);
      follow(pointer, event);
      if (event.event === 'checkpoint') watch.onCheckpoint?.(event.step);
    });
  } catch (error) {
    throw ended ?? error;
  } finally {
    clearInterval(timer);
    watch.cancelled.removeEventListener('abort', onCancel);
  }
}

/** Whether an event can only come after the first tensor operation, which is where a bad fork hangs. */
function provesComputing(event: TrainerEvent): boolean {
  return (
    event.event === 'step' ||
    event.event === 'eval' ||
    event.event === 'checkpoint' ||
    (event.event === 'progress' && event.phase !== 'load')
  );
}

function follow(pointer: TrainingPointer, event: TrainerEvent): void {
  switch (event.event) {
    case 'started':
      Object.assign(pointer, {
        pid: event.pid,
        phase: 'train',
        totalSteps: event.total_steps,
        step: event.resumed_from,
        resumedFrom: event.resumed_from || null,
      });
      break;
    case 'step':
      Object.assign(pointer, {
        phase: 'train',
        step: event.step,
        epoch: event.epoch,
        loss: event.loss,
        learningRate: event.learning_rate,
        pairsPerSecond: event.pairs_per_s,
        etaSeconds: event.eta_s,
      });
      break;
    case 'eval':
      pointer.devScore = event.score;
      break;
    case 'progress':
      pointer.phase = event.phase;
      pointer.step = event.step ?? pointer.step;
      break;
    default:
      break;
  }
}
