/** Whose weights a run still needs; everybody else's may go with KEEP_TRIAL_MODELS = best. */
import type { RunState } from './runState.ts';

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
