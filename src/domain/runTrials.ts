/** The trials of a run: adding one, and those by which the others are judged. */
import type { Archived } from './archived.ts';
import { NOTHING_ARCHIVED } from './archived.ts';
import { metricOf } from './metric.ts';
import { scoreUnit } from './noise.ts';
import type { RunState } from './runState.ts';
import type { ScoredTrial, Trial } from './trials.ts';
import { isScored } from './trials.ts';

export function findTrial(state: RunState, id: string | null): ScoredTrial | null {
  const trial = state.trials.find((candidate) => candidate.id === id);
  return trial && isScored(trial) ? trial : null;
}

/** What the scores of a run are measured in (`scoreUnit`). */
export const unitOfScores = ({ config, trials }: Pick<RunState, 'config' | 'trials'>): number =>
  scoreUnit(
    metricOf(config.DEFAULT_CONFIG),
    trials.filter(isScored).map(({ result }) => result.score),
  );

export const incumbentOf = (state: RunState): ScoredTrial | null => findTrial(state, state.incumbent);
export const baselineOf = (state: RunState): ScoredTrial | null => findTrial(state, state.baseline);

/** Purposes whose trials try something: the others measure again what is known. */
const COMPETING: ReadonlySet<Trial['purpose']> = new Set(['baseline', 'base_config', 'round']);
export const competes = ({ purpose }: Pick<Trial, 'purpose'>): boolean => COMPETING.has(purpose);

/**
 * Adds a trial; the first one becomes the incumbent.
 *
 * @param higherWins - Whether a higher score makes it the incumbent at once; before 0.4.0 it did. Since then `accept`
 *   does, once the challenge is decided.
 */
export function recordTrial(
  state: RunState,
  trial: Omit<Trial, 'delta' | 'accepted'>,
  { higherWins = true } = {},
): Trial {
  const incumbent = incumbentOf(state);
  const comparable = competes(trial) && trial.result !== null;
  const delta = comparable && incumbent ? trial.result!.score - incumbent.result.score : null;
  const accepted = comparable && (incumbent === null || (higherWins && delta! > 0));
  const recorded: Trial = { ...trial, delta, accepted };
  state.trials.push(recorded);
  if (trial.purpose === 'baseline' && trial.result) state.baseline = trial.id;
  if (accepted) state.incumbent = trial.id;
  return recorded;
}

/** Makes a measured trial the incumbent. */
export function accept(state: RunState, trial: ScoredTrial): void {
  trial.accepted = true;
  state.incumbent = trial.id;
}

/** The largest seed that libraries take. */
const MOST_SEED = 2 ** 32 - 1;

/** Seeds that nothing was trained with yet: those after the largest, and from 0 on where there are no larger ones. */
export function freshSeeds(
  { trials, archived = NOTHING_ARCHIVED }: { trials: readonly { seed: number }[]; archived?: Pick<Archived, 'seed'> },
  count: number,
): number[] {
  const used = new Set(trials.map(({ seed }) => seed));
  const fresh: number[] = [];
  for (let seed = Math.max(archived.seed, ...used); fresh.length < count;) {
    seed = seed >= MOST_SEED ? 0 : seed + 1;
    if (!used.has(seed)) fresh.push(seed);
  }
  return fresh;
}
