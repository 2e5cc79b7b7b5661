/** The adviser's server: its address and its client. */
import OpenAI from 'openai';
import type { AdviserSettings } from '../../domain/contract.ts';
import { keepSecret } from '../../logging/secrets.ts';
import { OFFICIAL_SERVER, workersAdviser } from '../../processes/adviserEnvironment.ts';
import { boundedFetch } from './boundedFetch.ts';

export function serverAddress(settings: AdviserSettings): string {
  return settings.GPT_BASE_URL ?? workersAdviser().baseUrl ?? OFFICIAL_SERVER;
}

/** Milliseconds that the server has for one whole reply. */
export const timeoutMs = ({ GPT_TIMEOUT }: AdviserSettings): number => GPT_TIMEOUT * 1000;

/** @param ownKey - The run brought its key: nothing else of the worker's environment goes with it. */
export function openaiClient(settings: AdviserSettings, apiKey: string, ownKey: boolean): OpenAI {
  // Servers repeat keys in their refusals.
  keepSecret(apiKey);
  // Temporal retries, so that every attempt is seen and counted.
  return new OpenAI({
    apiKey,
    // Left out, the SDK reads OPENAI_ORG_ID and OPENAI_PROJECT_ID.
    ...(ownKey ? { organization: null, project: null } : {}),
    baseURL: serverAddress(settings),
    maxRetries: 0,
    // The whole reply has a limit of its own (complete.ts); this one, which ends with the headers, must not end it first.
    timeout: 2 * timeoutMs(settings),
    fetch: boundedFetch,
    logLevel: 'off',
  });
}
