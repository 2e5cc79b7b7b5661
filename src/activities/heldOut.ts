/**
 * The `evaluateHeldOut` activity: default and winner on rows that nobody has seen.
 *
 * Run twice, it evaluates twice and gives the same numbers; it changes nothing.
 */
import path from 'node:path';
import { mkdir } from 'node:fs/promises';
import { ApplicationFailure } from '@temporalio/activity';
import { PROJECT_ROOT } from '../projectRoot.ts';
import { runLayout } from '../training/layout.ts';
import type { TrainerProcess } from '../training/trainerProcess.ts';
import type { HeldOutRequest, HeldOutScores } from './contract.ts';
import { whileHeartbeating } from './heartbeating.ts';
import { asTypedFailure } from './probing.ts';

export function evaluateHeldOutWith(trainer: TrainerProcess) {
  return function evaluateHeldOut({ run, config, models }: HeldOutRequest): Promise<HeldOutScores> {
    return whileHeartbeating(async () => {
      const layout = runLayout(config.OUTPUT_DIR_ROOT, run);
      await mkdir(layout.logs, { recursive: true });
      const { evaluation } = await asTypedFailure(() =>
        trainer.request({
          command: 'evaluate', trial: `held-out-${run}`, split: 'test', config, project_dir: PROJECT_ROOT, log: path.join(layout.logs, 'held-out.log'),
          models: models.map(({ name, trial }) => ({ name, path: path.join(layout.trial(trial), 'model') })),
        }),
      );
      if (!evaluation) throw ApplicationFailure.nonRetryable('the trainer answered evaluate without an evaluation', 'trainer_bug');
      const scores = Object.fromEntries(Object.entries(evaluation.scores).map(([name, score]) => [name, score.spearman]));
      return { split: evaluation.split, pairs: evaluation.pairs, scores, difference: evaluation.difference, seconds: evaluation.seconds };
    });
  };
}
