/**
 * The `probeTrainer` activity: what machine trains, and whether data and model can be used.
 *
 * Run twice, it looks twice; it changes nothing.
 */
import { ApplicationFailure } from '@temporalio/activity';
import { untouchedRival } from '../domain/baseModels.ts';
import type { Inspection, TrainerFacts } from '../domain/trainerFacts.ts';
import { PROJECT_ROOT } from '../projectRoot.ts';
import type { TrainerProcess } from '../training/trainerProcess.ts';
import type { ProbeRequest } from '../domain/contract.ts';
import { said } from '../domain/said.ts';
import type { FindBaseModel } from './publishing.ts';
import { refuseBadStore } from './storing.ts';
import { trainerWork } from './trainerWork.ts';

/** @param at - The place of this worker's files. */
export function probeTrainerWith(trainer: TrainerProcess, at: string) {
  return async function probeTrainer({ run, config, hangSeconds, tunable }: ProbeRequest): Promise<TrainerFacts> {
    await refuseBadStore(config.STORE);
    // It also starts the trainer, and types the failure when that is impossible.
    const inspection = await inspect(trainer, { run, config, hangSeconds, ...(tunable ? { tunable } : {}) });
    const { versions, device, precisions, threads, slots } = await trainer.hello();
    return { versions, device, precisions, threads, slots, inspection, at };
  };
}

/** Where this machine has a run's base model. */
export const findBaseModelWith =
  (trainer: TrainerProcess): FindBaseModel =>
  async (state) => {
    const { DEFAULT_CONFIG, AGENT_SETTINGS: settings } = state.config;
    const config = { ...DEFAULT_CONFIG, BASE_MODEL: untouchedRival(state) };
    return (await inspect(trainer, { run: state.run, config, hangSeconds: settings.HANG_SECONDS })).model.path;
  };

async function inspect(trainer: TrainerProcess, { run, hangSeconds, ...asked }: ProbeRequest): Promise<Inspection> {
  const { inspection } = await trainerWork(
    trainer,
    { command: 'inspect', trial: `inspect-${run}`, project_dir: PROJECT_ROOT, ...asked },
    hangSeconds,
  );
  if (!inspection)
    throw ApplicationFailure.nonRetryable(said`the trainer answered inspect without an inspection`, 'trainer_bug');
  return inspection;
}
