/**
 * What a score means. Inside, a higher score always wins: the score of a metric that is minimised is its negative. People
 * are shown the metric as it is (`shownScore`).
 */
import type { TrainingConfig } from './settings.ts';
import type { Task } from './tasks.ts';

/**
 * What is known of a metric's scale. `correlation`: −1..1, of ranks. `share`: 0..1, a mean over queries, rows or the like.
 * `free`: any number.
 */
export type Scale = 'correlation' | 'share' | 'free';

export interface Metric {
  /** As the trainer calls it. */
  name: string;
  direction: 'maximize' | 'minimize';
  unit: string | null;
  scale: Scale;
}

const OF_TASK: Readonly<Record<Task, Omit<Metric, 'direction' | 'unit'>>> = {
  sts: { name: 'spearman', scale: 'correlation' },
  retrieval: { name: 'ndcg_at_10', scale: 'share' },
  triplet: { name: 'accuracy', scale: 'share' },
  pair_class: { name: 'average_precision', scale: 'share' },
  reranker: { name: 'ndcg_at_10', scale: 'share' },
};

/** Whether a run trains a plug-in, not a task of the trainer's own. */
export const isPlugin = (config: Pick<TrainingConfig, 'TRAINER' | 'TRAINER_COMMAND'>): boolean =>
  config.TRAINER !== null || config.TRAINER_COMMAND !== null;

export function metricOf(config: Pick<TrainingConfig, 'TASK' | 'TRAINER' | 'TRAINER_COMMAND' | 'METRIC'>): Metric {
  if (!isPlugin(config)) return { ...OF_TASK[config.TASK], direction: 'maximize', unit: null };
  const { name = 'score', direction = 'maximize', unit = null } = config.METRIC ?? {};
  return { name, direction, unit, scale: 'free' };
}

/** A score as its metric counts it. */
export const shownScore = ({ direction }: Pick<Metric, 'direction'>, score: number): number =>
  direction === 'minimize' ? -score : score;
