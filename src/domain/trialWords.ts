/** A trial in a few words: what was tried, and what came of it. */
import { formatValue } from './formats.ts';
import { said } from './said.ts';
import { canonicalJson } from './trialIdentity.ts';
import { settingsText } from './searchWords.ts';
import type { Trial, TrialInHand } from './trials.ts';

/**
 * What was tried: what was changed in a round, or the name of its purpose. Among the run's trials a confirmation tells whose
 * it is: there is one of the default and one of the winner for each seed.
 */
export function trialTitle(trial: Trial | TrialInHand, among: readonly Trial[] = []): string {
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
      return confirmationTitle(trial, among);
    case 'repeat':
      return said`${change && Object.keys(change).length > 0 ? settingsText(change) : said`best so far`}, seed ${seed}`;
    case 'round':
      if (change && Object.keys(change).length > 1) return settingsText(change);
      return key ? `${key} = ${formatValue(trial.values[key])}` : settingsText(change ?? trial.values);
  }
}

function confirmationTitle({ seed, values }: Trial | TrialInHand, among: readonly Trial[]): string {
  const baseline = among.find(({ purpose }) => purpose === 'baseline');
  if (!baseline) return said`confirmation, seed ${seed}`;
  return canonicalJson(values) === canonicalJson(baseline.values)
    ? said`confirmation of the default, seed ${seed}`
    : said`confirmation of the winner, seed ${seed}`;
}

export function trialVerdict({ failure, purpose, accepted }: Trial): string {
  if (failure?.kind === 'inadmissible') return said`inadmissible`;
  if (failure) return failure.kind === 'pruned' ? said`ended early` : said`failed: ${failure.kind}`;
  if (purpose === 'confirmation' || purpose === 'noise' || purpose === 'opening') return said`measured`;
  if (accepted) return said`accepted`;
  return purpose === 'repeat' ? said`measured` : said`kept incumbent`;
}
