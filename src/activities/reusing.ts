/**
 * Trials that other runs have finished: taken over before a training, and put into the index after it.
 *
 * Whatever goes wrong here is told in the log, and costs a training at most: the history is a cache.
 */
import { Context } from '@temporalio/activity';
import type { TrialResult } from '../domain/trials.ts';
import { answerFromHistory } from '../history/answering.ts';
import { rememberTrial } from '../history/trialIndex.ts';
import type { RunLayout } from '../training/layout.ts';
import { TrainerFailure } from '../training/trainerFailure.ts';
import { readResult } from '../training/trialDirectory.ts';
import type { TrainRequest } from '../domain/contract.ts';
import { whileHeartbeating } from './heartbeating.ts';

/** The result of the same trial in another run, now in this one; null when it is to be trained. */
export async function answeredElsewhere(layout: RunLayout, request: TrainRequest): Promise<TrialResult | null> {
  const { run, trial, config, reuse = false, modelNeeded = false } = request;
  if (!reuse) return null;
  const { log } = Context.current();
  const warn = (message: string) => log.warn(message, { trial });
  const told = await guarded(trial, () =>
    answerFromHistory(config.OUTPUT_DIR_ROOT, trial, { run, layout }, { modelNeeded, warn }),
  );
  if (told === null) return null;
  log.info('answered by another run', { trial, from: told });
  return readResult(layout.trial(trial), trial);
}

/** Adds a trial that has just finished. */
export async function addToIndex({ run, trial, config }: TrainRequest): Promise<void> {
  const { log } = Context.current();
  const warn = (message: string) => log.warn(message, { trial });
  await guarded(trial, () => rememberTrial(config.OUTPUT_DIR_ROOT, run, trial, warn));
}

async function guarded<T>(trial: string, work: () => Promise<T>): Promise<T | null> {
  try {
    return await whileHeartbeating(work);
  } catch (error) {
    // Somebody else works on the trial: the next attempt finds out what became of it.
    if (error instanceof TrainerFailure) throw error;
    Context.current().log.warn('the history of trials cannot be used', { trial, message: (error as Error).message });
    return null;
  }
}
