/** Models of finished trials that are not here: their host is gone for good, and models/ was on no shared storage. */
import { ApplicationFailure } from '@temporalio/activity';
import { MODELS_LOST } from '../domain/failures.ts';
import type { LostModels } from '../domain/failures.ts';
import { hasModel } from '../training/keptModels.ts';
import type { RunLayout } from '../training/layout.ts';

/** @throws ApplicationFailure of type MODELS_LOST that names the trials, which the workflow then trains again. */
export async function refuseLostModels(layout: RunLayout, trials: readonly string[]): Promise<void> {
  const found = await Promise.all(trials.map((trial) => hasModel(layout, trial)));
  const lost = trials.filter((_, index) => !found[index]);
  if (lost.length === 0) return;
  const details: LostModels = { trials: lost };
  throw ApplicationFailure.create({
    type: MODELS_LOST,
    message: `the model of trial ${lost.join(', ')} is not on this machine`,
    nonRetryable: true,
    details: [details],
  });
}
