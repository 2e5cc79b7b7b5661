/** Whose weights a run still needs; everybody else's may go with KEEP_TRIAL_MODELS = best. */
import { publishedTrial } from './published.ts';
import type { RunState } from './runState.ts';
import { incumbentOf } from './runTrials.ts';
import type { Purpose, Trial } from './trials.ts';

/** Trials whose models nobody needs any more. Empty where all models are kept. */
export function modelsOfLosers(state: RunState): string[] {
  if (state.config.AGENT_SETTINGS.KEEP_TRIAL_MODELS !== 'best') return [];
  const incumbent = incumbentOf(state)?.result.score ?? -Infinity;
  const scored = new Set(state.confirmation?.seeds.map(({ seed }) => seed));
  return state.trials.filter((trial) => !isNeeded(trial, state, incumbent, scored)).map(({ id }) => id);
}

/**
 * The held-out scores take the default's and the incumbent's, and those of confirmation seeds until they are scored; two
 * more seeds of the default there would find hardly more (trainer/benchmarks/advice/confirmation.py). A round above the incumbent waits for its challenge, or lost it by a repeat: the end may still choose it.
 */
function isNeeded(trial: Trial, state: RunState, incumbent: number, scored: ReadonlySet<number>): boolean {
  if (trial.id === state.baseline || trial.id === state.incumbent) return true;
  if (trial.purpose === 'confirmation') return !scored.has(trial.seed);
  return competes(trial.purpose) && !state.confirmation && (trial.result?.score ?? -Infinity) > incumbent;
}

/**
 * Trials whose models stay when a model is published: the published one, and the incumbent, which a person may prefer. Null
 * where all are kept.
 */
export function modelsToKeep(state: RunState): ReadonlySet<string> | null {
  if (state.config.AGENT_SETTINGS.KEEP_TRIAL_MODELS !== 'best') return null;
  return new Set([publishedTrial(state)?.id, state.incumbent].filter((id) => id !== undefined && id !== null));
}

const competes = (purpose: Purpose): boolean => purpose === 'base_config' || purpose === 'round';

/** The incumbent of a trial that is about to be trained. `stays`: its model is needed even when it loses (the default's). */
export interface Rival {
  trial: string;
  score: number;
  stays: boolean;
}

/** Whom a new trial is held against; null where both models stay, or where there is nobody yet. */
export function rivalOf(state: RunState, purpose: Purpose): Rival | null {
  const incumbent = incumbentOf(state);
  if (state.config.AGENT_SETTINGS.KEEP_TRIAL_MODELS !== 'best' || !competes(purpose) || !incumbent) return null;
  return { trial: incumbent.id, score: incumbent.result.score, stays: incumbent.id === state.baseline };
}

/** The trial whose model goes once a trial has its score; none where there is no rival, or the loser's is needed. */
export function loserOf(trial: string, score: number, rival: Rival | null | undefined): string[] {
  if (!rival) return [];
  if (score <= rival.score) return [trial];
  return rival.stays ? [] : [rival.trial];
}
