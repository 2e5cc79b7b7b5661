/** Whose weights a run still needs; everybody else's may go with KEEP_TRIAL_MODELS = best. */
import { incumbentOf } from './runState.ts';
import type { RunState } from './runState.ts';
import type { Purpose } from './trials.ts';

/**
 * Trials that have lost, whose models nobody needs any more: all but the default's and the incumbent's, which the
 * held-out score takes. Models of a confirmation with a seed of its own are needed until that seed is scored. Empty
 * where all models are kept.
 */
export function modelsOfLosers(state: RunState): string[] {
  if (state.config.AGENT_SETTINGS.KEEP_TRIAL_MODELS !== 'best') return [];
  const scored = new Set(state.confirmation?.seeds.map(({ seed }) => seed));
  return state.trials
    .filter(({ id, purpose, seed }) =>
      purpose === 'confirmation' ? scored.has(seed) : id !== state.baseline && id !== state.incumbent,
    )
    .map(({ id }) => id);
}

/** The incumbent of a trial that is about to be trained. `stays`: its model is needed even when it loses (the default's). */
export interface Rival {
  trial: string;
  score: number;
  stays: boolean;
}

/** Whom a new trial is held against; null where both models stay, or where there is nobody yet. */
export function rivalOf(state: RunState, purpose: Purpose): Rival | null {
  const incumbent = incumbentOf(state);
  const competes = purpose === 'base_config' || purpose === 'round';
  if (state.config.AGENT_SETTINGS.KEEP_TRIAL_MODELS !== 'best' || !competes || !incumbent) return null;
  return { trial: incumbent.id, score: incumbent.result.score, stays: incumbent.id === state.baseline };
}

/** The trial whose model goes once a trial has its score; none where there is no rival, or the loser's is needed. */
export function loserOf(trial: string, score: number, rival: Rival | null | undefined): string[] {
  if (!rival) return [];
  if (score <= rival.score) return [trial];
  return rival.stays ? [] : [rival.trial];
}
