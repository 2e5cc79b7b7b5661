/** The adviser of a new run, as this shell (or `.env`) has it: its model, server and key; and the words that tell it. */
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { NO_CREDENTIALS, hasCredentials } from '../domain/addresses.ts';
import type { AgentSettings } from '../domain/agentSettings.ts';
import type { AdviserSettingsShown } from '../domain/progress.ts';
import type { TuningConfig } from '../domain/settings.ts';
import { OFFICIAL_SERVER, adviserEnvironment } from '../processes/adviserEnvironment.ts';
import { ENV_FILE } from '../processes/envFile.ts';
import { UserError } from './userError.ts';
import { t, translated } from '../words/catalogue.ts';

export interface AdviserHere {
  apiKey: string | null;
  /** Where the key was found, or why there is none. */
  origin: 'environment' | '.env' | 'none';
  baseUrl: string;
}

/**
 * What this shell has for the adviser.
 *
 * @throws UserError when OPENAI_BASE_URL cannot be used.
 */
export function adviserHere(
  settings: Pick<AgentSettings, 'GPT_BASE_URL'>,
  file = ENV_FILE,
  { apiKey, baseUrl } = adviserEnvironment(),
): AdviserHere {
  const address = settings.GPT_BASE_URL ?? baseUrl ?? OFFICIAL_SERVER;
  refuseAddress('OPENAI_BASE_URL', address);
  const origin = apiKey === null ? 'none' : valueIn(file, 'OPENAI_API_KEY') === apiKey ? '.env' : 'environment';
  return { apiKey, origin, baseUrl: address };
}

/** @throws UserError when an address is no http(s) address, or holds a password, which is not repeated. */
export function refuseAddress(name: string, address: string): void {
  if (hasCredentials(address)) throw new UserError(t`${name} holds user:password@; ${translated(NO_CREDENTIALS)}`);
  if (!/^https?:\/\/\S+$/.test(address) || !URL.canParse(address))
    throw new UserError(t`${name} = ${address}: must be an http(s) address, for example ${OFFICIAL_SERVER}`);
}

function valueIn(file: string, name: string): string | null {
  try {
    return parseEnv(readFileSync(file, 'utf8'))[name]?.trim() ?? null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** The configuration with the server that this shell means: the run keeps it, whatever workers' environments say. */
export function withServer(config: TuningConfig, { baseUrl }: AdviserHere): TuningConfig {
  return { ...config, AGENT_SETTINGS: { ...config.AGENT_SETTINGS, GPT_BASE_URL: baseUrl } };
}

/** One line: model, host and where the key came from; never the key. */
export const adviserWords = ({ ADVISER, GPT_MODEL }: AgentSettings, { origin, baseUrl }: AdviserHere): string =>
  runWords({ ADVISER, model: GPT_MODEL, server: baseUrl, keyFrom: origin });

/** The same for a server that is not the local stack: its workers have keys of their own. */
export const workersWords = ({ ADVISER, GPT_MODEL, GPT_BASE_URL }: AgentSettings): string =>
  runWords({ ADVISER, model: GPT_MODEL, server: GPT_BASE_URL, keyFrom: 'workers' });

function keyWords(keyFrom: AdviserSettingsShown['keyFrom']): string {
  if (keyFrom === 'environment') return t`key from the environment`;
  if (keyFrom === '.env') return t`key from .env`;
  return keyFrom === 'workers' ? t`with the key of the workers' environment, if there is one` : t`key unknown`;
}

/** The same for a run. */
export function runWords({ ADVISER, model, server, keyFrom }: AdviserSettingsShown): string {
  if (ADVISER === 'local') return t`the search model alone (ADVISER is local)`;
  if (keyFrom === 'gone')
    return t`the search model alone (the key of its schedule is gone: \`npm run schedule -- resume NAME\` gives it this shell's)`;
  if (keyFrom === 'none') return t`the search model alone (OPENAI_API_KEY was not set: npm run setup-api-key)`;
  const where = server && URL.canParse(server) ? new URL(server).host : t`the workers' own server`;
  return t`${model} at ${where}, ${keyWords(keyFrom)}`;
}
