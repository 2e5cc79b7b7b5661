/** Scores of models by the trainer, for the activities that ask for them. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { z } from 'zod';
import { ApplicationFailure } from '@temporalio/activity';
import { said } from '../domain/said.ts';
import { PROJECT_ROOT } from '../projectRoot.ts';
import type { Command, evaluationSchema } from '../training/protocol.ts';
import type { TrainerProcess } from '../training/trainerProcess.ts';
import { boundTrainerLog } from './trainerLog.ts';
import { trainerWork } from './trainerWork.ts';

/** What is evaluated; `trial` names the work: a second one of the same name is refused while the first is done. */
export type Evaluated = Omit<Extract<Command, { command: 'evaluate' }>, 'command' | 'project_dir' | 'v'>;

/** @throws ApplicationFailure whose type is the failure's kind. */
export async function evaluate(
  trainer: TrainerProcess,
  hangSeconds: number,
  what: Evaluated,
): Promise<z.infer<typeof evaluationSchema>> {
  await mkdir(path.dirname(what.log), { recursive: true });
  const unbound = boundTrainerLog(what.log);
  const command = { command: 'evaluate' as const, project_dir: PROJECT_ROOT, ...what };
  const { evaluation } = await trainerWork(trainer, command, hangSeconds).finally(unbound);
  if (!evaluation)
    throw ApplicationFailure.nonRetryable(said`the trainer answered evaluate without an evaluation`, 'trainer_bug');
  return evaluation;
}
