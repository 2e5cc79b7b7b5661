/** How many trainings a run may take, whatever happens to it. */
import { poolOf } from '../../src/domain/pool.ts';
import { MAX_OOM_REMEDIES } from '../../src/domain/remedies.ts';
import type { TuningConfig } from '../../src/domain/settings.ts';

/** Upper bound on the trainings of a run: baseline, noise seeds, the pool, confirmation seeds; and all their remedies. */
export function trainingBound(config: TuningConfig): number {
  const { NOISE_SEEDS, CONFIRM_SEEDS } = config.AGENT_SETTINGS;
  // Before 0.4.0 the base configuration came on top of the pool.
  return (2 + NOISE_SEEDS + poolOf(config) + 2 * CONFIRM_SEEDS) * (1 + MAX_OOM_REMEDIES);
}
