/** What a training asks of the run's store before it begins, and what it leaves there of those that have lost. */
import type { TrainRequest } from '../domain/contract.ts';
import type { TrialResult } from '../domain/trials.ts';
import type { RunStore } from '../store/runStore.ts';
import { claimedBy, putClaim, takeCheckpoint } from '../store/storedCheckpoints.ts';
import { dropStoredModels, takeTrial, tidyTrial } from '../store/storedTrials.ts';
import { dropModels } from '../training/keptModels.ts';
import type { RunLayout } from '../training/layout.ts';
import { checkpointUploads } from './checkpointUploads.ts';
import type { CheckpointUploads } from './checkpointUploads.ts';
import { askStore, ifStoreAnswers } from './storing.ts';

/** The result of a trial that another host has finished, now here as well; null when it is to be trained. */
export function fromStore(
  stored: RunStore | null,
  { trial, modelNeeded = false }: TrainRequest,
): Promise<TrialResult | null> {
  return askStore(stored, { needed: modelNeeded }, (from, signal) => takeTrial(from, trial, { modelNeeded, signal }));
}

/**
 * Claims the trial in the store as well, and brings the newest checkpoint from there, unless it is here.
 *
 * @param earlier - Tokens with which this very activity claimed it before.
 */
export async function takeUp(
  stored: RunStore | null,
  trial: string,
  token: string,
  earlier: readonly string[],
): Promise<CheckpointUploads> {
  const claimed = await askStore(stored, {}, async (from, signal) => {
    await putClaim(from, trial, token);
    await takeCheckpoint(from, trial, signal);
    return true;
  });
  return checkpointUploads(stored, trial, { token, earlier, claimed: claimed ?? false });
}

/** A trial that has failed for good needs nothing to resume from, unless another host trains it meanwhile. */
export function giveUp(stored: RunStore | null, trial: string, token: string): Promise<void> {
  return ifStoreAnswers(stored, async (from) => {
    if ((await claimedBy(from, trial)) === token) await tidyTrial(from, trial);
  });
}

/** Losers' models go here and in the store. */
export async function dropEverywhere(
  layout: RunLayout,
  stored: RunStore | null,
  losers: readonly string[],
): Promise<void> {
  await dropModels(layout, losers);
  if (losers.length > 0) await ifStoreAnswers(stored, (from) => dropStoredModels(from, losers));
}
