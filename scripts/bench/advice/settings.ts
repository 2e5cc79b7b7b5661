/** The configuration of a run on a table: the product's own, with the table's keys, and nothing that takes real time. */
import { resolveConfig } from '../../../src/config/resolve.ts';
import type { TuningConfig } from '../../../src/domain/settings.ts';
import type { TrainingConfig } from '../../../src/domain/trainingConfig.ts';
import { defaultPlace, valuesOf } from './grid.ts';
import type { Grid } from './grid.ts';
import type { Method } from './methods.ts';

/** Keys that are planned; the pool is this many times the rounds of each. */
export const KEYS = 3;

export interface Job {
  grid: string;
  method: string;
  /** The table's own default, or a random one. */
  start: 'M' | 'R';
  run: number;
  /** Trainings, the default among them: 1 + 3 × rounds. */
  budget: number;
}

export function configFor(grid: Grid, job: Job, method: Method): TuningConfig {
  const whole = method.whole === true;
  const base = resolveConfig({
    set: [
      `MAX_PRIORITY_PARAMS=${KEYS}`,
      `ROUNDS_PER_PARAM=${(job.budget - 1) / KEYS}`,
      `SEARCH=${method.SEARCH}`,
      `STOP_WHEN=${method.STOP_WHEN ?? 'budget'}`,
      `NOISE_SEEDS=${method.NOISE_SEEDS ?? (whole ? 2 : 0)}`,
      `CONFIRM_SEEDS=${whole ? 2 : 0}`,
      ...(whole ? [] : ['STSB_TEST_SPLIT=none']),
      `PRUNING=${method.PRUNING === true}`,
      `TRAINING_SLOTS=${method.TRAINING_SLOTS ?? 1}`,
      `REUSE_TRIALS=${method.hints !== undefined}`,
      `ADVISER=${method.adviser ? 'hybrid' : 'local'}`,
      'INTERACTIVE_MODE=false',
      'GENERATE_REPORT=false',
    ],
  });
  const values = valuesOf(grid, defaultPlace(grid, job.start, job.run));
  return {
    ...base,
    DEFAULT_CONFIG: { ...base.DEFAULT_CONFIG, ...(values as Partial<TrainingConfig>) },
    TUNABLE_KEYS: grid.spaces,
  };
}
