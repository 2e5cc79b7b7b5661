/**
 * The `scoreUntouched` activity: the dev score of the base model as it comes, which every training has to beat.
 *
 * Run twice, it scores twice, with the same result; it changes nothing.
 */
import path from 'node:path';
import { ApplicationFailure } from '@temporalio/activity';
import { runLayout } from '../training/layout.ts';
import type { TrainerProcess } from '../training/trainerProcess.ts';
import type { ProbeRequest } from '../domain/contract.ts';
import { said } from '../domain/said.ts';
import { evaluate } from './evaluating.ts';
import { expected, refuseOtherKind } from './runKind.ts';

const NAME = 'untouched';

export function scoreUntouchedWith(trainer: TrainerProcess) {
  return async function scoreUntouched(request: ProbeRequest): Promise<{ score: number; seconds: number }> {
    const { run, config, hangSeconds, kind } = request;
    await refuseOtherKind(trainer, kind);
    const { scores, seconds } = await evaluate(trainer, hangSeconds, {
      trial: `${NAME}-${run}`,
      models: [{ name: NAME, path: null }],
      split: 'dev',
      log: path.join(runLayout(config.OUTPUT_DIR_ROOT, run).logs, `${NAME}.log`),
      config,
      ...expected(kind, config),
    });
    const score = scores[NAME]?.score;
    if (score === undefined)
      throw ApplicationFailure.nonRetryable(said`the trainer answered evaluate without a score`, 'trainer_bug');
    return { score, seconds };
  };
}
