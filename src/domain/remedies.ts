/** What is changed in a training that failed, bounded, so that it may be trained after all. */
import { hasInBatchNegatives } from './tasks.ts';
import type { TrainingConfig } from './trainingConfig.ts';
import type { Failure, Remedy, Values } from './trials.ts';

/** At most this many remedies are taken for one trial. */
export const MAX_OOM_REMEDIES = 2;

/** Keys that a remedy may change, tunable or not. */
export const REMEDY_KEYS = ['TRAIN_BATCH_SIZE', 'GRAD_ACC_STEPS', 'LOSS', 'MINI_BATCH_SIZE'] as const;
export type Memory = Pick<TrainingConfig, (typeof REMEDY_KEYS)[number]>;

/** Whether a value that a training was given may be a remedy's; MINI_BATCH_SIZE comes with the loss that it belongs to. */
export const isOfRemedy = (key: string, values: Values): boolean =>
  key === 'MINI_BATCH_SIZE' ? values['LOSS'] === 'cached_mnrl' : (REMEDY_KEYS as readonly string[]).includes(key);

/** Rows at once under a cached loss where MINI_BATCH_SIZE does not say; the trainer's, too (`tasks/in_batch.py`). */
const MINI_BATCH = 32;
/** By what a remedy divides the rows that are in memory at once under a cached loss. */
const STEP = 4;

/**
 * The remedy for a failed training, or null when there is none left.
 *
 * Out of memory halves the batch and doubles GRAD_ACC_STEPS, so that the effective batch stays what was asked for. Where the
 * rows of a batch are each other's negatives that would be another training: there the loss is computed in parts instead
 * (`cached_mnrl`), which has the same gradients, and then in smaller ones. Everything else has had its retries inside the
 * training activity, where a resumed attempt costs least.
 *
 * @param memory - What is in force.
 */
export function remedyFor(failure: Failure, memory: Memory, taken: readonly Remedy[]): Remedy | null {
  if (failure.kind !== 'oom' || taken.length >= MAX_OOM_REMEDIES) return null;
  const change = hasInBatchNegatives(memory.LOSS) ? smallerParts(memory) : smallerBatch(memory);
  return change && { kind: 'oom', ...change };
}

type Change = Pick<Remedy, 'before' | 'after'>;

function smallerBatch({ TRAIN_BATCH_SIZE, GRAD_ACC_STEPS }: Memory): Change | null {
  if (TRAIN_BATCH_SIZE < 2 || TRAIN_BATCH_SIZE % 2 !== 0) return null;
  const after = { TRAIN_BATCH_SIZE: TRAIN_BATCH_SIZE / 2, GRAD_ACC_STEPS: GRAD_ACC_STEPS * 2 };
  return { before: { TRAIN_BATCH_SIZE, GRAD_ACC_STEPS }, after };
}

function smallerParts({ TRAIN_BATCH_SIZE, LOSS, MINI_BATCH_SIZE }: Memory): Change | null {
  const cached = LOSS === 'cached_mnrl';
  const together = cached ? Math.min(TRAIN_BATCH_SIZE, MINI_BATCH_SIZE ?? MINI_BATCH) : TRAIN_BATCH_SIZE;
  if (together < 2) return null;
  const parts = Math.max(1, Math.min(MINI_BATCH, Math.floor(together / STEP)));
  const before: Values = { LOSS, ...(cached && MINI_BATCH_SIZE !== null ? { MINI_BATCH_SIZE } : {}) };
  return { before, after: { LOSS: 'cached_mnrl', MINI_BATCH_SIZE: parts } };
}

/** The values before a remedy: without what it brought, with what it took away. */
export const withoutRemedy = (values: Values, { before, after }: Remedy): Values => ({
  ...Object.fromEntries(Object.entries(values).filter(([key]) => !Object.hasOwn(after, key))),
  ...before,
});

/**
 * Values with what does not change what is learnt put into one form: the cached loss has the gradients of the plain one, in
 * parts of whatever size.
 */
export function asLearnt<Some extends Values>(values: Some): Values {
  const { MINI_BATCH_SIZE: _, ...others } = values;
  return others['LOSS'] === 'cached_mnrl' ? { ...others, LOSS: 'mnrl' } : others;
}
