/** Models of finished trials that are neither here nor in the store: their host is gone for good, and nothing was shared. */
import { ApplicationFailure } from '@temporalio/activity';
import { MODELS_LOST } from '../domain/failures.ts';
import type { LostModels } from '../domain/failures.ts';
import { said } from '../domain/said.ts';
import type { RunStore } from '../store/runStore.ts';
import { takeModel } from '../store/storedTrials.ts';
import { hasModel } from '../training/keptModels.ts';
import type { RunLayout } from '../training/layout.ts';
import { askStore } from './storing.ts';

/** @throws ApplicationFailure of type MODELS_LOST that names the trials, which the workflow then trains again. */
export async function refuseLostModels(
  layout: RunLayout,
  stored: RunStore | null,
  trials: readonly string[],
): Promise<void> {
  const lost: string[] = [];
  for (const trial of trials) if (!(await isModelHere(layout, stored, trial))) lost.push(trial);
  if (lost.length === 0) return;
  const details: LostModels = { trials: lost };
  throw ApplicationFailure.create({
    type: MODELS_LOST,
    message: said`the model of trial ${lost.join(', ')} is not on this machine${stored ? said`, nor in the store` : ''}`,
    nonRetryable: true,
    details: [details],
  });
}

/**
 * Whether a trial's model is on this machine; it is brought from the store if that has it. A store that does not answer is
 * waited for, since the only other way is to train the trial again.
 */
export async function isModelHere(
  layout: RunLayout,
  stored: RunStore | null,
  trial: string,
  waitMs = Infinity,
): Promise<boolean> {
  if (await hasModel(layout, trial)) return true;
  return (await askStore(stored, { needed: true, waitMs }, (from, signal) => takeModel(from, trial, signal))) ?? false;
}
