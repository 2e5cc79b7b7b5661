/** What a run trains and scores, in words: for reports, cards and the adviser. */
import { CORRELATION, isPlugin, metricOf, metricWords } from './metric.ts';
import type { ScoredRun } from './metric.ts';
import type { Task } from './tasks.ts';
import type { TrainingConfig } from './trainingConfig.ts';
import type { Reason } from './trials.ts';

export interface TaskWords {
  /** What is trained: `a sentence-embedding model`. */
  trained: string;
  /** What a score is, for the adviser, and shortly for tables and axes. */
  score: string;
  axis: Reason;
  /** What a score is the mean or the correlation of: pairs, queries. */
  units: Reason;
  /** What it is trained on. */
  rows: Reason;
}

const PAIRS: Reason = { zh: '句对', en: 'pairs' };
const QUERIES: Reason = { zh: '查询', en: 'queries' };
const ROWS: Reason = { zh: '行', en: 'rows' };
const EMBEDDING = 'a sentence-embedding model';

const OF_TASK: Readonly<Record<Task, TaskWords>> = {
  sts: {
    trained: EMBEDDING,
    score:
      'Spearman correlation between graded similarity and cosine similarity on a fixed dev split, from -1 to 1, higher is better',
    axis: { zh: 'Spearman', en: 'Spearman' },
    units: PAIRS,
    rows: PAIRS,
  },
  retrieval: {
    trained: `${EMBEDDING} for retrieval (queries and the passages that answer them)`,
    score: 'NDCG@10 over the queries of a fixed dev split, from 0 to 1, higher is better',
    axis: { zh: 'NDCG@10', en: 'NDCG@10' },
    units: QUERIES,
    rows: PAIRS,
  },
  triplet: {
    trained: `${EMBEDDING} on triplets (anchor, positive, negative)`,
    score:
      'accuracy on the triplets of a fixed dev split (the positive is nearer to the anchor than the negative), from 0 to 1, higher is better',
    axis: { zh: '准确率', en: 'accuracy' },
    units: { zh: '三元组', en: 'triplets' },
    rows: { zh: '三元组', en: 'triplets' },
  },
  pair_class: {
    trained: `${EMBEDDING} that tells pairs that belong together from pairs that do not`,
    score: 'average precision over the labelled pairs of a fixed dev split, from 0 to 1, higher is better',
    axis: { zh: '平均精度', en: 'average precision' },
    units: PAIRS,
    rows: PAIRS,
  },
  reranker: {
    trained: 'a reranker (a cross-encoder that scores a query with a document)',
    score: 'NDCG@10 over the queries of a fixed dev split, from 0 to 1, higher is better',
    axis: { zh: 'NDCG@10', en: 'NDCG@10' },
    units: QUERIES,
    rows: PAIRS,
  },
};

/** A reranker whose rows tell of no ranking. */
const RERANKER_OF_GRADES: TaskWords = {
  ...OF_TASK.reranker,
  score:
    'Spearman correlation between the labels of the pairs of a fixed dev split and their scores, from -1 to 1, higher is better',
  axis: { zh: 'Spearman', en: 'Spearman' },
  units: PAIRS,
};

export function taskWords(
  state: Pick<ScoredRun, 'trainer'> & { config: { DEFAULT_CONFIG: TrainingConfig } },
): TaskWords {
  const { DEFAULT_CONFIG: config } = state.config;
  const metric = metricOf(state);
  if (!isPlugin(config))
    return config.TASK === 'reranker' && metric.name === CORRELATION.name
      ? RERANKER_OF_GRADES
      : OF_TASK[config.TASK ?? 'sts'];
  const unit = metric.unit === null ? '' : ` (${metric.unit})`;
  return {
    trained: `a training that its author has written (${pluginName(config)})`,
    score: metricWords(metric).en,
    axis: { zh: `${metric.name}${unit}`, en: `${metric.name}${unit}` },
    units: ROWS,
    rows: ROWS,
  };
}

/** What an own training runs, as it is shown. */
export const pluginName = ({ TRAINER, TRAINER_COMMAND }: TrainingConfig): string =>
  TRAINER ?? (TRAINER_COMMAND ?? []).join(' ');
