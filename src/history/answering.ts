/** Answering a trial from another run that has finished the very same. */
import { said } from '../domain/said.ts';
import { runLayout } from '../training/layout.ts';
import { TrainerFailure } from '../training/trainerFailure.ts';
import type { Warn } from './database.ts';
import { takeOver } from './takingOver.ts';
import type { Place } from './takingOver.ts';
import { runsWithTrial } from './trialIndex.ts';

/**
 * Takes a trial over from the first other run under the same OUTPUT_DIR_ROOT whose result, and model, verify.
 *
 * @param to - Where the trial is wanted, and not finished.
 * @returns The run whose files were taken; null when no run has them, and the trial is to be trained.
 * @throws TrainerFailure `fenced` when somebody else has claimed the trial meanwhile.
 */
export async function answerFromHistory(
  outputRoot: string,
  trial: string,
  to: Place,
  { modelNeeded, warn }: { modelNeeded: boolean; warn: Warn },
): Promise<string | null> {
  for (const run of await runsWithTrial(outputRoot, to.run, trial, warn)) {
    try {
      if (await takeOver(trial, { run, layout: runLayout(outputRoot, run) }, to, { modelNeeded })) return run;
      if (!modelNeeded)
        warn(said`trial ${trial} of ${run} is not taken: its model is not the one that its result tells of`);
    } catch (error) {
      if (error instanceof TrainerFailure) throw error;
      warn(said`trial ${trial} of ${run} cannot be taken: ${(error as Error).message}`);
    }
  }
  return null;
}
