/**
 * What each TASK decides: columns of its rows, its losses, its score. The trainer's side is `tuning_trainer/tasks`; one test
 * holds the two together.
 */
export const TASKS = ['sts', 'retrieval', 'triplet', 'pair_class', 'reranker'] as const;
export type Task = (typeof TASKS)[number];

export const LOSSES = [
  'cosent',
  'angle',
  'cosine',
  'mnrl',
  'cached_mnrl',
  'triplet',
  'contrastive',
  'online_contrastive',
  'bce',
  'mse',
  'lambda',
] as const;
export type Loss = (typeof LOSSES)[number];

interface TaskFacts {
  /** Columns that rows must have, as COLUMNS names them. */
  columns: readonly string[];
  /** Columns that they may have. */
  optional: readonly string[];
  losses: readonly Loss[];
}

export const TASK_FACTS: Readonly<Record<Task, TaskFacts>> = {
  sts: { columns: ['sentence1', 'sentence2', 'score'], optional: [], losses: ['cosent', 'angle', 'cosine'] },
  retrieval: { columns: ['query', 'positive'], optional: ['negative'], losses: ['mnrl', 'cached_mnrl'] },
  triplet: { columns: ['anchor', 'positive', 'negative'], optional: [], losses: ['mnrl', 'cached_mnrl', 'triplet'] },
  pair_class: {
    columns: ['sentence1', 'sentence2', 'label'],
    optional: [],
    losses: ['online_contrastive', 'contrastive'],
  },
  reranker: { columns: ['query', 'document', 'label'], optional: [], losses: ['bce', 'mse', 'lambda'] },
};

/** Settings that only some tasks, or only some losses, have. With any value but its neutral one, each decides a training. */
export const SPECIAL_SETTINGS = {
  LOSS_SCALE: { losses: ['cosent', 'angle', 'mnrl', 'cached_mnrl'] },
  MINI_BATCH_SIZE: { losses: ['cached_mnrl'] },
  MATRYOSHKA_DIMS: { tasks: ['retrieval', 'triplet'] },
  HARD_NEGATIVES: { tasks: ['retrieval'] },
  QUERY_PROMPT: { tasks: ['retrieval', 'triplet', 'reranker'] },
  PASSAGE_PROMPT: { tasks: ['retrieval', 'triplet'] },
} as const satisfies Record<string, { tasks: readonly Task[] } | { losses: readonly Loss[] }>;

/** Losses that may be chosen between: the cached one has the gradients of the plain one. */
export const lossesToTune = (task: Task): Loss[] => TASK_FACTS[task].losses.filter((loss) => loss !== 'cached_mnrl');

/** Losses that take the other rows of a batch for negatives: there, accumulated small batches are not one large batch. */
export const hasInBatchNegatives = (loss: Loss): boolean => loss === 'mnrl' || loss === 'cached_mnrl';
