/** A trial in a few words, as every other screen of the product says them. */
import { t } from './words.mjs';
import { valueText } from './format.mjs';

/**
 * @typedef {import('../../domain/trials.ts').Trial} Trial
 * @typedef {import('../../domain/trials.ts').TrialInHand} TrialInHand
 * @typedef {import('../../domain/trials.ts').Values} Values
 * @typedef {import('../../domain/trials.ts').ProposedBy} ProposedBy
 */

/** @param {Values} values */
const settingsText = (values) =>
  Object.entries(values)
    .map(([key, value]) => `${key} = ${valueText(value)}`)
    .join(', ');

/** What was tried. @param {TrialInHand} trial */
export function titleOf({ purpose, key, change, seed, share = 1, values }) {
  const changed = change && Object.keys(change).length > 0 ? settingsText(change) : null;
  switch (purpose) {
    case 'baseline':
      return t`default configuration`;
    case 'noise':
      return t`default configuration, seed ${seed}`;
    case 'base_config':
      return t`base configuration`;
    case 'opening':
      return t`${changed ?? t`default configuration`}, on ${Math.round(100 * share)} % of the rows`;
    case 'confirmation':
      return t`confirmation, seed ${seed}`;
    case 'repeat':
      return t`${changed ?? t`best so far`}, seed ${seed}`;
    default:
      if (key && !(change && Object.keys(change).length > 1)) return `${key} = ${valueText(values[key])}`;
      return changed ?? settingsText(values);
  }
}

/** @param {Trial} trial */
export function verdictOf({ failure, purpose, accepted }) {
  if (failure?.kind === 'inadmissible') return t`inadmissible`;
  if (failure?.kind === 'pruned') return t`ended early`;
  if (failure) return t`failed: ${failure.kind}`;
  if (purpose === 'confirmation' || purpose === 'noise' || purpose === 'opening') return t`measured`;
  if (accepted) return t`accepted`;
  return purpose === 'repeat' ? t`measured` : t`kept incumbent`;
}

/** For the mark and its colour. @param {Trial} trial */
export function kindOf({ failure, accepted, purpose }) {
  if (failure) return failure.kind === 'pruned' || failure.kind === 'inadmissible' ? 'set-aside' : 'failed';
  if (accepted) return 'accepted';
  return ['confirmation', 'noise', 'opening', 'repeat'].includes(purpose) ? 'measured' : 'declined';
}

/** @type {Record<ProposedBy, () => string>} */
const PROPOSERS = {
  default: () => t`default`,
  adviser: () => t`adviser`,
  search: () => t`search model`,
  fallback: () => t`local optimiser`,
  person: () => t`person`,
  agent: () => t`agent`,
  earlier_run: () => t`earlier run`,
};
/** @param {ProposedBy} by */
export const proposerText = (by) => PROPOSERS[by]();

/**
 * What was expected of a trial and whether it came so: of the one that proposed it first.
 *
 * @param {Pick<Trial, 'predicted'> & Partial<Pick<Trial, 'result'>>} trial
 */
export function expectationsOf({ predicted, result = null }) {
  return /** @type {const} */ (['byAdviser', 'byModel']).flatMap((by) => {
    const interval = predicted?.[by];
    if (!interval) return [];
    const { low, high } = interval;
    // Null: it has no score yet, or none at all.
    return [
      { by, low, high, score: result?.score ?? null, held: result && low <= result.score && result.score <= high },
    ];
  });
}

/** Whether it was trained on all rows for the search: only such scores may be compared. @param {Pick<Trial, 'purpose'>} trial */
export const ofSearch = ({ purpose }) => purpose !== 'confirmation' && purpose !== 'opening';
