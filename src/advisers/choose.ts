/** Which adviser a run has. */
import { ApplicationFailure } from '@temporalio/common';
import type { AdviserSettings } from '../activities/contract.ts';
import type { AdviserFacts } from '../domain/runState.ts';

/**
 * ADVISER and the presence of a key decide.
 *
 * @throws ApplicationFailure, not to be retried, when `openai` is asked for and there is no key.
 */
export function chooseAdviser(
  settings: AdviserSettings,
  environment: NodeJS.ProcessEnv = process.env,
): AdviserFacts['kind'] {
  const hasKey = Boolean(environment['OPENAI_API_KEY']?.trim());
  if (settings.ADVISER === 'openai' && !hasKey)
    throw ApplicationFailure.nonRetryable(
      'ADVISER is openai, but OPENAI_API_KEY is not set: run `npm run setup-api-key`, or set ADVISER to auto or local',
      'bad_config',
    );
  if (settings.ADVISER === 'local' || !hasKey) return 'local';
  return 'openai';
}
