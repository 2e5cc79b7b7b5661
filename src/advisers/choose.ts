/** Which adviser a run has. */
import { ApplicationFailure } from '@temporalio/common';
import type { AdviserFacts } from '../domain/adviserFacts.ts';
import type { AdviserSettings } from '../domain/contract.ts';
import { said } from '../domain/said.ts';

/** What is said of the adviser of a run whose schedule had a key, and has lost it. */
export const KEY_GONE = said`the key of the run's schedule is gone (\`npm run schedule -- resume NAME\` gives it another one), so no language model advises: trainings are chosen by the search model (a Gaussian process)`;

/**
 * ADVISER and the presence of a key decide.
 *
 * @param keyIsGone - There is none because the one that the run was to have is gone.
 * @throws ApplicationFailure, not to be retried, when a language model is asked for and there is no key.
 */
export function chooseAdviser(
  settings: AdviserSettings,
  apiKey: string | null,
  keyIsGone = false,
): AdviserFacts['kind'] {
  if ((settings.ADVISER === 'openai' || settings.ADVISER === 'hybrid') && !apiKey)
    throw ApplicationFailure.nonRetryable(
      keyIsGone
        ? said`ADVISER is ${settings.ADVISER}, but the key of the run's schedule is gone: \`npm run schedule -- resume NAME\` gives it another one, or set ADVISER to auto or local`
        : said`ADVISER is ${settings.ADVISER}, but OPENAI_API_KEY is not set: run \`npm run setup-api-key\`, or set ADVISER to auto or local`,
      'bad_config',
    );
  return settings.ADVISER === 'local' || !apiKey ? 'local' : 'openai';
}
