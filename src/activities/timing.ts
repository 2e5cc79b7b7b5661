/**
 * The `timeTraining` activity: a few steps of the default configuration and part of an evaluation, for what a training takes.
 *
 * Run twice, it times twice; its folder is removed whatever happens, and nothing else of it is left but a log.
 */
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { ApplicationFailure } from '@temporalio/activity';
import type { TimeRequest } from '../domain/contract.ts';
import type { Timing } from '../domain/estimated.ts';
import { said } from '../domain/said.ts';
import { PROJECT_ROOT } from '../projectRoot.ts';
import { runLayout } from '../training/layout.ts';
import type { TrainerProcess } from '../training/trainerProcess.ts';
import { expected, refuseOtherKind } from './runKind.ts';
import { boundTrainerLog } from './trainerLog.ts';
import { trainerWork } from './trainerWork.ts';

export function timeTrainingWith(trainer: TrainerProcess) {
  return async function timeTraining(request: TimeRequest): Promise<{ timing: Timing; seconds: number }> {
    const { run, config, hangSeconds, maxSeconds, threads, kind } = request;
    await refuseOtherKind(trainer, kind);
    const { timing: dir, logs } = runLayout(config.OUTPUT_DIR_ROOT, run);
    const log = path.join(logs, 'timing.log');
    await mkdir(logs, { recursive: true });
    await rm(dir, { recursive: true, force: true });
    await mkdir(dir);
    const unbound = boundTrainerLog(log);
    const work = { trial: `timing-${run}`, config, project_dir: PROJECT_ROOT, threads, ...expected(kind, config) };
    try {
      const { timing } = await trainerWork(trainer, { command: 'time', dir, log, ...work }, hangSeconds, maxSeconds);
      if (!timing)
        throw ApplicationFailure.nonRetryable(said`the trainer answered time without a timing`, 'trainer_bug');
      return {
        timing: {
          step: timing.seconds_per_step,
          stepFixed: Math.min(timing.fixed_seconds_per_step, timing.seconds_per_step),
          evaluation: timing.seconds_per_evaluation,
          startup: timing.startup_seconds,
          save: timing.save_seconds,
          totalSteps: timing.total_steps,
          timed: timing.steps,
        },
        seconds: timing.seconds,
      };
    } finally {
      unbound();
      await rm(dir, { recursive: true, force: true });
    }
  };
}
