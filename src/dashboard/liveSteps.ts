/** New steps of a run's trainings: from the trainer's events where they lie on this machine, else from heartbeats. */
import { metricOf } from '../domain/metric.ts';
import type { SentPointer } from '../runs/trainingPointers.ts';
import type { FoundRun } from './runs.ts';
import { Tail, stepOf } from './tail.ts';
import type { Step, Told } from './tail.ts';

type Known = SentPointer & { dir: string };

export class LiveSteps {
  readonly #tails = new Map<string, { tail: Tail; last: Step | null }>();
  #pointers = new Map<string, Known>();
  #begun = false;

  /** Where each training is that runs now: what somebody who comes later is told first. */
  newest(): Step[] {
    return [...this.#tails.values()].flatMap(({ last }) => last ?? []);
  }

  /** The trainings that run now, as the last heartbeats told. */
  follow({ state, layout }: Pick<FoundRun, 'state' | 'layout'>, pointers: readonly SentPointer[]): void {
    const running = new Map(pointers.filter(isNamed).map((pointer) => [pointer.dir, pointer]));
    for (const [trial, pointer] of running)
      if (!this.#tails.has(trial))
        this.#tails.set(trial, { tail: new Tail(layout.trial(trial), pointer, metricOf(state)), last: null });
    this.#pointers = running;
  }

  /**
   * What is new since the last call. Of a training that was under way before anybody looked it is where it is now; its
   * curve so far is asked for by itself.
   */
  async read(): Promise<Told[]> {
    const fresh: Told[] = [];
    for (const [trial, known] of this.#tails) {
      const told = (await known.tail.read()) ?? this.#fromHeartbeat(trial, known.last);
      const last = told.findLast((one) => one.event === 'step');
      fresh.push(...(this.#begun ? told : last ? [last] : []));
      known.last = last?.data ?? known.last;
      // Read once more after its training ended: its last words came in between.
      if (!this.#pointers.has(trial)) this.#tails.delete(trial);
    }
    this.#begun = true;
    return fresh;
  }

  #fromHeartbeat(trial: string, last: Step | null): Told[] {
    const pointer = this.#pointers.get(trial);
    if (!pointer || pointer.step === 0) return [];
    const step = stepOf(pointer);
    return last && last.step === step.step && last.score === step.score ? [] : [{ event: 'step', data: step }];
  }
}

/** Before a training begins a heartbeat does not say which one it is. */
const isNamed = (pointer: SentPointer): pointer is Known => typeof pointer.dir === 'string';
