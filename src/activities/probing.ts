/**
 * The `probeTrainer` activity: what machine trains, and whether data and model can be used.
 *
 * Run twice, it looks twice; it changes nothing.
 */
import { ApplicationFailure } from '@temporalio/activity';
import type { TrainerFacts } from '../domain/trainerFacts.ts';
import { PROJECT_ROOT } from '../projectRoot.ts';
import type { TrainerProcess } from '../training/trainerProcess.ts';
import type { ProbeRequest } from './contract.ts';
import { whileHeartbeating } from './heartbeating.ts';
import { trainerWork } from './trainerWork.ts';

export function probeTrainerWith(trainer: TrainerProcess) {
  return async function probeTrainer({ run, config, hangSeconds }: ProbeRequest): Promise<TrainerFacts> {
    const { versions, device, precisions, threads, slots } = await whileHeartbeating(() => trainer.hello());
    const { inspection } = await trainerWork(
      trainer,
      { command: 'inspect', trial: `inspect-${run}`, config, project_dir: PROJECT_ROOT },
      hangSeconds,
    );
    if (!inspection)
      throw ApplicationFailure.nonRetryable('the trainer answered inspect without an inspection', 'trainer_bug');
    return { versions, device, precisions, threads, slots, inspection };
  };
}
