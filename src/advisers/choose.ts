/** Which adviser a run has. */
import { ApplicationFailure } from '@temporalio/common';
import type { AdviserFacts } from '../domain/adviserFacts.ts';
import type { AdviserSettings } from '../domain/contract.ts';
import { said } from '../domain/said.ts';

/**
 * ADVISER and the presence of a key decide.
 *
 * @throws ApplicationFailure, not to be retried, when a language model is asked for and there is no key.
 */
export function chooseAdviser(settings: AdviserSettings, apiKey: string | null): AdviserFacts['kind'] {
  if ((settings.ADVISER === 'openai' || settings.ADVISER === 'hybrid') && !apiKey)
    throw ApplicationFailure.nonRetryable(
      said`ADVISER is ${settings.ADVISER}, but OPENAI_API_KEY is not set: run \`npm run setup-api-key\`, or set ADVISER to auto or local`,
      'bad_config',
    );
  return settings.ADVISER === 'local' || !apiKey ? 'local' : 'openai';
}
