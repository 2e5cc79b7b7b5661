/**
 * The `probeTrainer` activity: what machine trains, and whether data and model can be used.
 *
 * Run twice, it looks twice; it changes nothing.
 */
import { ApplicationFailure, Context } from '@temporalio/activity';
import type { TrainerFacts } from '../domain/trainerFacts.ts';
import type { TrainingConfig } from '../domain/settings.ts';
import { failureKindSchema } from '../domain/trials.ts';
import { PROJECT_ROOT } from '../projectRoot.ts';
import { TrainerFailure } from '../training/trainerFailure.ts';
import type { TrainerProcess } from '../training/trainerProcess.ts';
import { whileHeartbeating } from './heartbeating.ts';

export function probeTrainerWith(trainer: TrainerProcess) {
  return function probeTrainer({ run, config }: { run: string; config: TrainingConfig }): Promise<TrainerFacts> {
    return whileHeartbeating(async () => {
      const { versions, device, precisions, threads } = await trainer.hello();
      const { inspection } = await asTypedFailure(() => trainer.request({ command: 'inspect', trial: `inspect-${run}`, config, project_dir: PROJECT_ROOT }));
      if (!inspection) throw ApplicationFailure.nonRetryable('the trainer answered inspect without an inspection', 'trainer_bug');
      return { versions, device, precisions, threads, inspection };
    });
  };
}

/** Turns what the trainer reports into a failure that Temporal keeps the type of: a bad file is not tried again, a killed process is. */
export async function asTypedFailure<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof TrainerFailure)) throw error;
    const kind = failureKindSchema.safeParse(error.kind);
    throw ApplicationFailure.create({
      type: kind.success ? kind.data : 'trainer_bug', message: error.message, details: [error.facts],
      nonRetryable: kind.success && ['data', 'bad_config', 'disk', 'oom'].includes(kind.data), cause: Context.current().cancellationSignal.aborted ? undefined : error,
    });
  }
}
