/** `decide RUN resume` mends a refused key: the run goes on with the key of the shell that resumes it. */
import { resolveConfig } from '../config/resolve.ts';
import type { RunState } from '../domain/runState.ts';
import { replaceAdviserKey } from '../local/adviserKeys.ts';
import { OFFICIAL_SERVER } from '../processes/adviserEnvironment.ts';
import type { AdviserEnvironment } from '../processes/adviserEnvironment.ts';
import { ENV_FILE } from '../processes/envFile.ts';
import type { AdviserHere } from './adviserSettings.ts';
import { adviserHere } from './adviserSettings.ts';
import { stateOf } from './knownRuns.ts';
import type { KnownRun, Sources } from './knownRuns.ts';
import { t } from '../words/catalogue.ts';

/**
 * Gives a run on the local stack the key of here, if there is one and it differs; returns what a person is told of it.
 *
 * @param environment - Where the key is looked for; absent: this process's environment.
 */
export async function giveKeyOfHere(
  known: KnownRun,
  sources: Sources,
  environment?: AdviserEnvironment,
): Promise<string | null> {
  if (!sources.server?.local) return null;
  const here = adviserHere(resolveConfig({ environment: process.env }).AGENT_SETTINGS, ENV_FILE, environment);
  return giveKey(known.workflowId, await stateOf(known, sources), here);
}

/** What a person is told; null when nothing changes. A key is given to no other server than its own. */
export async function giveKey(
  workflowId: string,
  { adviserAccess, config: { AGENT_SETTINGS: settings } }: Pick<RunState, 'adviserAccess' | 'config'>,
  { apiKey, baseUrl }: AdviserHere,
): Promise<string | null> {
  if (apiKey === null || !adviserAccess?.ref) return null;
  const server = settings.GPT_BASE_URL ?? OFFICIAL_SERVER;
  if (baseUrl !== server)
    return t`The run keeps its key: it asks ${server}, and this shell's key is for ${baseUrl}. If it is for the run's server, set TUNING_GPT_BASE_URL=${server} and resume again.`;
  return (await replaceAdviserKey(workflowId, adviserAccess, apiKey))
    ? t`The run has this shell's key from here on.`
    : null;
}
