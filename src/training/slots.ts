/** How many trainings this machine takes at once, as the trainer sees its cores, memory and devices. */
import { execa } from 'execa';
import type { Logger } from 'pino';
import { z } from 'zod';
import { pythonEnvironment, pythonExecutable } from '../processes/python.ts';
import { PROJECT_ROOT } from '../projectRoot.ts';

/** Where there may be an accelerator, torch is imported to ask for it. */
const WITHIN_MS = 120_000;
const answer = z.coerce.number().int().min(1);

/** TUNING_TRAINING_SLOTS, or what the machine takes; one when nobody can tell, which is logged. */
export async function trainingSlots(logger: Logger): Promise<number> {
  try {
    const { stdout } = await execa(pythonExecutable(), ['-m', 'tuning_trainer', 'slots'], {
      cwd: PROJECT_ROOT,
      env: pythonEnvironment(),
      extendEnv: false,
      timeout: WITHIN_MS,
    });
    return answer.parse(stdout.trim());
  } catch (error) {
    logger.error({ err: error }, 'the trainer does not say how many trainings it takes at once; one is assumed');
    return 1;
  }
}
