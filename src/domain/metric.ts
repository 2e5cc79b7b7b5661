/**
 * What a score means. Inside, a higher score always wins: the score of a metric that is minimised is its negative. People
 * are shown the metric as it is (`shownScore`).
 */
import type { Task } from './tasks.ts';
import type { TrainingConfig } from './trainingConfig.ts';
import type { Reason } from './trials.ts';

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

/** Of runs before 0.6.0, which knew one metric. */
export const CORRELATION: Metric = { name: 'spearman', direction: 'maximize', unit: null, scale: 'correlation' };

const OF_TASK: Readonly<Record<Task, Omit<Metric, 'direction' | 'unit'>>> = {
  sts: { name: 'spearman', scale: 'correlation' },
  retrieval: { name: 'ndcg_at_10', scale: 'share' },
  triplet: { name: 'accuracy', scale: 'share' },
  pair_class: { name: 'average_precision', scale: 'share' },
  reranker: { name: 'ndcg_at_10', scale: 'share' },
};

/** Whether a run trains a plug-in, not a task of the trainer's own. */
export const isPlugin = (config: Pick<TrainingConfig, 'TRAINER' | 'TRAINER_COMMAND'>): boolean =>
  // Records of runs before 0.6.0 have neither.
  (config.TRAINER ?? null) !== null || (config.TRAINER_COMMAND ?? null) !== null;

/** What of a configuration decides its metric. */
export type MetricSettings = Pick<TrainingConfig, 'TASK' | 'TRAINER' | 'TRAINER_COMMAND' | 'METRIC'>;

/** What of a run's state decides it. `metric`: what the trainer said that it scores the data by. */
export interface ScoredRun {
  config: { DEFAULT_CONFIG: MetricSettings };
  trainer: { inspection: { data: { metric?: string | undefined } } } | null;
}

/**
 * What a run's scores count. Data may ask for another score than their task's (a reranker's rows that tell of no ranking are
 * scored by a correlation), so ask with the run's state wherever there is one.
 */
export function metricOf(of: MetricSettings | ScoredRun): Metric {
  if (!isRun(of)) return metricOfData(of, undefined);
  return metricOfData(of.config.DEFAULT_CONFIG, of.trainer?.inspection.data.metric);
}

/** The keys of an own training have any name, also `config`, but hold no mappings. */
const isRun = (of: MetricSettings | ScoredRun): of is ScoredRun =>
  (of as Partial<ScoredRun>).config?.DEFAULT_CONFIG !== undefined;

/** @param found - The score that the data ask for, as the trainer calls it; undefined where that is not known. */
export function metricOfData(config: MetricSettings, found: string | undefined): Metric {
  if (!isPlugin(config))
    return found === CORRELATION.name
      ? CORRELATION
      : { ...OF_TASK[config.TASK ?? 'sts'], direction: 'maximize', unit: null };
  const { name = 'score', direction = 'maximize', unit = null } = config.METRIC ?? {};
  return { name, direction, unit, scale: 'free' };
}

/** An interval as somebody gives it, of a metric as it is, in scores; one whose ends are swapped stays so. */
export const scoreInterval = (
  { direction }: Pick<Metric, 'direction'>,
  { low, high }: { low: number; high: number },
): { low: number; high: number } => (direction === 'minimize' ? { low: -high, high: -low } : { low, high });

/** A score as its metric counts it. */
export const shownScore = ({ direction }: Pick<Metric, 'direction'>, score: number): number =>
  direction === 'minimize' ? -score : score;

/** Which direction wins, with the unit, for people: `log_loss (lower is better), nats`. */
export function metricWords({ name, direction, unit }: Metric): Reason {
  const of = unit === null ? { zh: '', en: '' } : { zh: `，单位 ${unit}`, en: `, in ${unit}` };
  return direction === 'minimize'
    ? { zh: `${name}（越低越好${of.zh}）`, en: `${name} (lower is better${of.en})` }
    : { zh: `${name}（越高越好${of.zh}）`, en: `${name} (higher is better${of.en})` };
}
