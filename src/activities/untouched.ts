/**
 * The `scoreUntouched` activity: the dev score of the base model as it comes, which every training has to beat.
 *
 * Run twice, it scores twice, with the same result; it changes nothing.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { ApplicationFailure } from '@temporalio/activity';
import { PROJECT_ROOT } from '../projectRoot.ts';
import { runLayout } from '../training/layout.ts';
import type { TrainerProcess } from '../training/trainerProcess.ts';
import type { ProbeRequest } from '../domain/contract.ts';
import { expected, refuseOtherKind } from './runKind.ts';
import { boundTrainerLog } from './trainerLog.ts';
import { trainerWork } from './trainerWork.ts';

const NAME = 'untouched';

export function scoreUntouchedWith(trainer: TrainerProcess) {
  return async function scoreUntouched(request: ProbeRequest): Promise<{ score: number; seconds: number }> {
    const { run, config, hangSeconds, kind } = request;
    await refuseOtherKind(trainer, kind);
    const { logs } = runLayout(config.OUTPUT_DIR_ROOT, run);
    await mkdir(logs, { recursive: true });
    const log = path.join(logs, `${NAME}.log`);
    const unbound = boundTrainerLog(log);
    const { evaluation } = await trainerWork(
      trainer,
      {
        command: 'evaluate',
        trial: `${NAME}-${run}`,
        models: [{ name: NAME, path: null }],
        split: 'dev',
        log,
        config,
        project_dir: PROJECT_ROOT,
        ...expected(kind),
      },
      hangSeconds,
    ).finally(unbound);
    const score = evaluation?.scores[NAME]?.spearman;
    if (evaluation == null || score === undefined)
      throw ApplicationFailure.nonRetryable('the trainer answered evaluate without a score', 'trainer_bug');
    return { score, seconds: evaluation.seconds };
  };
}
