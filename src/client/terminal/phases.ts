/** What a run is doing, in a few words. */
import type { RunProgress } from '../../domain/progress.ts';
import { t } from '../../words/catalogue.ts';

export function phaseText({ phase, key, round, roundsPerKey, baseline, metric, inHand = [] }: RunProgress): string {
  switch (phase) {
    case 'preparing':
      return t`checking trainer, data, model and adviser`;
    case 'baseline':
      return baseline ? t`measuring noise: the default with other seeds` : t`training the default configuration`;
    case 'planning':
      return inHand.some(({ purpose }) => purpose === 'base_config') ? t`training the base configuration` : t`planning`;
    case 'tuning':
      return key ? t`${key}, round ${round} of ${roundsPerKey}` : t`tuning whichever key promises most`;
    case 'confirming':
      // An own training, whose metric alone is free, has no untouched model.
      return metric?.scale === 'free'
        ? t`confirming: default and winner on held-out data`
        : t`confirming: default, winner and untouched model on held-out data`;
    case 'publishing':
      return t`publishing the model`;
    case 'summarising':
      return t`summarising`;
    case 'reporting':
      return t`writing the report`;
    case 'ended':
      return t`ended`;
  }
}
