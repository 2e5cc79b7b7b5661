/** The adviser's server: its address and its client. */
import OpenAI from 'openai';
import type { AdviserSettings } from '../../activities/contract.ts';
import { keepSecret } from '../../logging/secrets.ts';
import { OFFICIAL_SERVER, adviserEnvironment } from '../../processes/adviserEnvironment.ts';
import { boundedFetch } from './boundedFetch.ts';

export function serverAddress(settings: AdviserSettings): string {
  return settings.GPT_BASE_URL ?? adviserEnvironment().baseUrl ?? OFFICIAL_SERVER;
}

/** Milliseconds that the server has for one whole reply. */
export const timeoutMs = ({ GPT_TIMEOUT }: AdviserSettings): number => GPT_TIMEOUT * 1000;

export function openaiClient(settings: AdviserSettings, apiKey: string): OpenAI {
  // Servers repeat keys in their refusals.
  keepSecret(apiKey);
  // Temporal retries, so that every attempt is seen and counted.
  return new OpenAI({
    apiKey,
    baseURL: serverAddress(settings),
    maxRetries: 0,
    timeout: timeoutMs(settings),
    fetch: boundedFetch,
    logLevel: 'off',
  });
}
