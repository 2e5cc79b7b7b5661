/** A trial in a few words: what was tried, and what came of it. */
import { formatValue } from './formats.ts';
import { said } from './said.ts';
import { settingsText } from './searchWords.ts';
import type { Trial, TrialInHand } from './trials.ts';

/** What was tried: what was changed in a round, or the name of its purpose. */
export function trialTitle(trial: Trial | TrialInHand): string {
  const { purpose, key, change, seed } = trial;
  switch (purpose) {
    case 'baseline':
      return said`default configuration`;
    case 'noise':
      return said`default configuration, seed ${seed}`;
    case 'base_config':
      return said`base configuration`;
    case 'opening':
      return said`${change && Object.keys(change).length > 0 ? settingsText(change) : said`default configuration`}, on ${Math.round(100 * trial.share!)} % of the rows`;
    case 'confirmation':
      return said`confirmation, seed ${seed}`;
    case 'repeat':
      return said`${change && Object.keys(change).length > 0 ? settingsText(change) : said`best so far`}, seed ${seed}`;
    case 'round':
      if (change && Object.keys(change).length > 1) return settingsText(change);
      return key ? `${key} = ${formatValue(trial.values[key])}` : settingsText(change ?? trial.values);
  }
}

export function trialVerdict({ failure, purpose, accepted }: Trial): string {
  if (failure?.kind === 'inadmissible') return said`inadmissible`;
  if (failure) return failure.kind === 'pruned' ? said`ended early` : said`failed: ${failure.kind}`;
  if (purpose === 'confirmation' || purpose === 'noise' || purpose === 'opening') return said`measured`;
  if (accepted) return said`accepted`;
  return purpose === 'repeat' ? said`measured` : said`kept incumbent`;
}
