/** Scores of earlier runs that say how far two seeds of one configuration lie apart. */
import { configFor } from '../domain/configurations.ts';
import type { RunState } from '../domain/runState.ts';
import { tunableValues } from '../domain/searchSpace.ts';
import { factsOf } from '../domain/slots.ts';
import type { SeedScore } from '../domain/study.ts';
import type { TrainingConfig } from '../domain/trainingConfig.ts';
import { canonicalJson, trialId } from '../domain/trialIdentity.ts';
import { isScored } from '../domain/trials.ts';

/** They travel with the run's state. */
export const MOST_SEEDS = 60;

/**
 * Trainings of earlier runs that this run could have made itself (same data, weights, versions, device, threads: the same
 * trial id), of configurations that were trained with two seeds or more; the latest runs first.
 */
export function seedsFrom(state: RunState, earlier: readonly RunState[]): SeedScore[] {
  const groups = new Map<string, Map<number, SeedScore>>();
  for (const run of earlier.toSorted((a, b) => b.startedAt - a.startedAt))
    for (const { id, values, seed, share, result } of run.trials.filter(isScored)) {
      const whole = { ...run.config.DEFAULT_CONFIG, ...values } as TrainingConfig;
      const here = tunableValues(whole, state.config.TUNABLE_KEYS);
      if (share !== undefined || trialId(configFor(state, here, seed), factsOf(state)) !== id) continue;
      const seeds = groups.get(canonicalJson(here)) ?? new Map<number, SeedScore>();
      groups.set(canonicalJson(here), seeds.set(seed, { values: here, seed, score: result.score }));
    }
  return [...groups.values()]
    .filter((seeds) => seeds.size > 1)
    .flatMap((seeds) => [...seeds.values()])
    .slice(0, MOST_SEEDS);
}
