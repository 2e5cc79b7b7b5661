/** Learning curves of a run's trainings, from the events that their trainers left on this machine. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { metricOf, shownScore } from '../domain/metric.ts';
import type { Metric } from '../domain/metric.ts';
import type { TrainerEvent } from '../training/protocol.ts';
import { readEvents } from '../training/trialDirectory.ts';
import type { FoundRun } from './runs.ts';

/** `loss[i]` belongs to `steps[i]`; null: not a finite number. Scores as the metric counts them. */
export interface Curve {
  steps: number[];
  loss: (number | null)[];
  looks: { step: number; score: number }[];
  totalSteps: number | null;
}

export class Curves {
  readonly #kept = new Map<string, { mark: string; curve: Curve }>();

  /** By trial; those whose events lie elsewhere are left out. */
  async of({ state, layout }: FoundRun, trials: readonly string[]): Promise<Record<string, Curve>> {
    const metric = metricOf(state);
    const found: Record<string, Curve> = {};
    for (const trial of new Set([...state.trials.map(({ id }) => id), ...trials])) {
      const curve = await this.#read(layout.trial(trial), metric);
      if (curve) found[trial] = curve;
    }
    return found;
  }

  async #read(folder: string, metric: Metric): Promise<Curve | null> {
    const file = path.join(folder, 'events.jsonl');
    const facts = await stat(file).catch(() => null);
    if (!facts) {
      this.#kept.delete(file);
      return null;
    }
    const mark = `${facts.ino} ${facts.size} ${facts.mtimeMs}`;
    const kept = this.#kept.get(file);
    if (kept?.mark === mark) return kept.curve;
    const curve = curveOf(await readEvents(folder), metric);
    this.#kept.set(file, { mark, curve });
    return curve;
  }
}

/** Steps that an attempt repeated after a crash count as it told them last. */
function curveOf(events: readonly TrainerEvent[], metric: Pick<Metric, 'direction'>): Curve {
  const loss = new Map<number, number | null>();
  const looks = new Map<number, number>();
  let totalSteps: number | null = null;
  for (const event of events) {
    if (event.event === 'started') totalSteps = event.total_steps;
    if (event.event === 'step') loss.set(event.step, event.loss);
    if (event.event === 'eval' && event.score !== null) looks.set(event.step, shownScore(metric, event.score));
  }
  const inOrder = <Value>(points: Map<number, Value>) => [...points].sort(([a], [b]) => a - b);
  const points = inOrder(loss);
  return {
    steps: points.map(([step]) => step),
    loss: points.map(([, value]) => value),
    looks: inOrder(looks).map(([step, score]) => ({ step, score })),
    totalSteps,
  };
}
