/**
 * Who is better, of two configurations that were measured with some seeds: the incumbent is replaced only by one that
 * noise does not explain, as far as seeds in common can tell.
 *
 * A challenger that lies within noise above the incumbent is repeated on the incumbent's other seeds, and the race ends
 * as soon as the mean of the paired differences is clear of noise (racing: Maron & Moore 1997, The racing algorithm,
 * Artificial Intelligence Review 11:193–225).
 */
import { configurationOf } from './configurations.ts';
import type { RunState } from './runState.ts';
import type { ScoredTrial, Trial, Values } from './trials.ts';
import { isScored, ofSearch } from './trials.ts';

/**
 * Standard errors of the difference beyond which it is clear: about one in forty by noise alone, one-sided, where the
 * challenger is as noisy as the incumbent; a hotter one is less sure, which the winner's confirmation finds out.
 */
const CLEAR = 2;

export interface Standing {
  /** Seeds that both were trained with. */
  seeds: number[];
  /** Mean of challenger minus incumbent over these seeds. */
  mean: number;
  /** Standard error of that mean by the seed-to-seed noise; 0 while the noise is not known. */
  error: number;
  verdict: 'ahead' | 'behind' | 'unclear';
}

/** Every score of a configuration, by seed; confirmations come later and do not count. */
export function scoresOf(state: RunState, values: Values): Map<number, number> {
  const wanted = configurationOf(state, values);
  const same = (trial: Trial): trial is ScoredTrial =>
    isScored(trial) && ofSearch(trial) && configurationOf(state, trial.values) === wanted;
  return new Map(state.trials.filter(same).map(({ seed, result }) => [seed, result.score]));
}

/** @param sd - Standard deviation of one score between seeds. */
export function standing(challenger: Map<number, number>, incumbent: Map<number, number>, sd: number): Standing {
  const seeds = [...incumbent.keys()].filter((seed) => challenger.has(seed));
  const mean = seeds.reduce((sum, seed) => sum + challenger.get(seed)! - incumbent.get(seed)!, 0) / seeds.length;
  // Seeds draw each configuration's noise anew, so both sides count.
  const error = sd * Math.sqrt(2 / seeds.length);
  if (mean <= 0) return { seeds, mean, error, verdict: 'behind' };
  return { seeds, mean, error, verdict: mean > CLEAR * error ? 'ahead' : 'unclear' };
}

/**
 * What both must still be trained with: the incumbent's seeds for the challenger; where they have only one seed in common,
 * another one for both, since one pair says little.
 *
 * @param fresh - A seed that no training of the run has had: one that failed with a seed is not tried with it again.
 */
export function pairsToRun(
  challenger: Map<number, number>,
  incumbent: Map<number, number>,
  fresh: number,
): { of: 'challenger' | 'incumbent'; seed: number }[] {
  const missing = seedsToRun(challenger, incumbent);
  if (missing.length > 0) return missing.map((seed) => ({ of: 'challenger', seed }));
  if (incumbent.size > 1) return [];
  return [
    { of: 'challenger', seed: fresh },
    { of: 'incumbent', seed: fresh },
  ];
}

/** Seeds of the incumbent that the challenger was not trained with yet, in the order in which they were used. */
function seedsToRun(challenger: Map<number, number>, incumbent: Map<number, number>): number[] {
  return [...incumbent.keys()].filter((seed) => !challenger.has(seed));
}
