/** A trial in a few words: what was tried, and what came of it. */
import { formatValue } from './formats.ts';
import { settingsText } from './searchWords.ts';
import type { Trial, TrialInHand } from './trials.ts';

/** What was tried: what was changed in a round, or the name of its purpose. */
export function trialTitle(trial: Trial | TrialInHand): string {
  const { purpose, key, change, seed } = trial;
  switch (purpose) {
    case 'baseline':
      return 'default configuration';
    case 'noise':
      return `default configuration, seed ${seed}`;
    case 'base_config':
      return 'base configuration';
    case 'opening':
      return `${change && Object.keys(change).length > 0 ? settingsText(change) : 'default configuration'}, on ${Math.round(100 * trial.share!)} % of the rows`;
    case 'confirmation':
      return `confirmation, seed ${seed}`;
    case 'repeat':
      return `${change && Object.keys(change).length > 0 ? settingsText(change) : 'best so far'}, seed ${seed}`;
    case 'round':
      if (change && Object.keys(change).length > 1) return settingsText(change);
      return key ? `${key} = ${formatValue(trial.values[key])}` : settingsText(change ?? trial.values);
  }
}

export function trialVerdict({ failure, purpose, accepted }: Trial): string {
  if (failure?.kind === 'inadmissible') return 'inadmissible';
  if (failure) return failure.kind === 'pruned' ? 'ended early' : `failed: ${failure.kind}`;
  if (purpose === 'confirmation' || purpose === 'noise' || purpose === 'opening') return 'measured';
  if (accepted) return 'accepted';
  return purpose === 'repeat' ? 'measured' : 'kept incumbent';
}
