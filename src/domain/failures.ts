/** Bounded remedies for failed trainings. */
import type { Failure, Remedy, Values } from './trials.ts';

/**
 * Type of the failure when models of finished trials are not on the machine that needs them; its detail is a
 * `LostModels`.
 */
export const MODELS_LOST = 'models_lost';
export interface LostModels {
  trials: string[];
}

/** At most this many times is the batch of one trial halved. */
export const MAX_OOM_REMEDIES = 2;

/**
 * The remedy for a failed training, or null when there is none left.
 *
 * Out of memory halves the batch and doubles GRAD_ACC_STEPS, so that the effective batch stays what was asked for.
 * Everything else has had its retries inside the training activity, where a resumed attempt costs least.
 *
 * @param batch - The batch in force: TRAIN_BATCH_SIZE and GRAD_ACC_STEPS.
 */
export function remedyFor(
  failure: Failure,
  batch: { TRAIN_BATCH_SIZE: number; GRAD_ACC_STEPS: number },
  taken: readonly Remedy[],
): Remedy | null {
  if (failure.kind !== 'oom' || taken.length >= MAX_OOM_REMEDIES) return null;
  if (batch.TRAIN_BATCH_SIZE < 2 || batch.TRAIN_BATCH_SIZE % 2 !== 0) return null;
  const after: Values = { TRAIN_BATCH_SIZE: batch.TRAIN_BATCH_SIZE / 2, GRAD_ACC_STEPS: batch.GRAD_ACC_STEPS * 2 };
  return { kind: 'oom', before: { ...batch }, after };
}
