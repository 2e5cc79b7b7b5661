/**
 * The `confirmHeldOut` activity: winner, default and untouched model on rows that nobody has seen; and `evaluateHeldOut`,
 * which runs of releases before 0.4.0 call for one or two models.
 *
 * Run twice, they evaluate twice and give the same numbers; they change nothing.
 */
import path from 'node:path';
import { mkdir } from 'node:fs/promises';
import { ApplicationFailure } from '@temporalio/activity';
import { PROJECT_ROOT } from '../projectRoot.ts';
import { runLayout } from '../training/layout.ts';
import type { TrainerProcess } from '../training/trainerProcess.ts';
import type { ConfirmRequest, ConfirmedScores, HeldOutRequest, HeldOutScores } from './contract.ts';
import { refuseLostModels } from './lostModels.ts';
import { boundTrainerLog } from './trainerLog.ts';
import { trainerWork } from './trainerWork.ts';

export function evaluateHeldOutWith(trainer: TrainerProcess) {
  return async function evaluateHeldOut({ run, config, models, hangSeconds }: HeldOutRequest): Promise<HeldOutScores> {
    const layout = runLayout(config.OUTPUT_DIR_ROOT, run);
    await refuseLostModels(
      layout,
      models.map(({ trial }) => trial),
    );
    await mkdir(layout.logs, { recursive: true });
    const log = path.join(layout.logs, 'held-out.log');
    const unbound = boundTrainerLog(log);
    const { evaluation } = await trainerWork(
      trainer,
      {
        command: 'evaluate',
        trial: `held-out-${run}`,
        split: 'test',
        config,
        project_dir: PROJECT_ROOT,
        log,
        models: models.map(({ name, trial }) => ({ name, path: path.join(layout.trial(trial), 'model') })),
      },
      hangSeconds,
    ).finally(unbound);
    if (!evaluation)
      throw ApplicationFailure.nonRetryable('the trainer answered evaluate without an evaluation', 'trainer_bug');
    const scores = Object.fromEntries(Object.entries(evaluation.scores).map(([name, score]) => [name, score.spearman]));
    return {
      split: evaluation.split,
      pairs: evaluation.pairs,
      scores,
      difference: evaluation.difference,
      seconds: evaluation.seconds,
    };
  };
}

export function confirmHeldOutWith(trainer: TrainerProcess) {
  return async function confirmHeldOut(request: ConfirmRequest): Promise<ConfirmedScores> {
    const { run, config, models, devNoise, threads, hangSeconds } = request;
    const layout = runLayout(config.OUTPUT_DIR_ROOT, run);
    await refuseLostModels(
      layout,
      models.map(({ trial }) => trial).filter((trial) => trial !== null),
    );
    await mkdir(layout.logs, { recursive: true });
    const log = path.join(layout.logs, 'held-out.log');
    const unbound = boundTrainerLog(log);
    const { evaluation } = await trainerWork(
      trainer,
      {
        command: 'evaluate',
        trial: `held-out-${run}`,
        split: 'test',
        config,
        project_dir: PROJECT_ROOT,
        log,
        threads,
        models: models.map(({ arm, seed, trial }) => ({
          name: trial ?? arm,
          path: trial && path.join(layout.trial(trial), 'model'),
          arm,
          seed,
        })),
        dev_noise: devNoise,
      },
      hangSeconds,
    ).finally(unbound);
    if (!evaluation?.confirmation)
      throw ApplicationFailure.nonRetryable('the trainer answered evaluate without a confirmation', 'trainer_bug');
    const { split, pairs, seconds, confirmation } = evaluation;
    const { scores, difference, over_untouched: overUntouched, verdict, seed_sd: seedSd } = confirmation;
    return { split, pairs, scores, difference, overUntouched, verdict, seedSd, seconds };
  };
}
