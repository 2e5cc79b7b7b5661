/** `schedule resume` gives a schedule the key of the shell that resumes it; each run that it begins gets a copy. */
import { resolveConfig } from '../../config/resolve.ts';
import type { ScheduledStart } from '../../domain/scheduled.ts';
import { readAdviserKey, replaceAdviserKey, storeAdviserKey } from '../../local/adviserKeys.ts';
import { OFFICIAL_SERVER } from '../../processes/adviserEnvironment.ts';
import { t } from '../../words/catalogue.ts';
import { adviserHere } from '../../runs/adviserSettings.ts';
import type { Server } from '../../runs/server.ts';
import { handleOf, startOf } from '../../runs/knownSchedules.ts';

/**
 * For a schedule on the local stack. A key is given to no other server than its own.
 *
 * @returns What a person is told; null when nothing changes.
 */
export async function giveScheduleKey(server: Server, name: string, start: ScheduledStart): Promise<string | null> {
  const { config, adviserAccess } = start;
  const { ADVISER, GPT_BASE_URL } = config.AGENT_SETTINGS;
  if (ADVISER === 'local') return null;
  // Of this shell, whatever server the schedule asks.
  const { apiKey, origin, baseUrl } = adviserHere(resolveConfig({ environment: process.env }).AGENT_SETTINGS);
  const own = adviserAccess?.ref ? await readAdviserKey(adviserAccess) : null;
  if (apiKey === null)
    return adviserAccess?.ref && own === null
      ? t`Its key is gone, and this shell has none: its runs go without a language model. Set OPENAI_API_KEY (npm run setup-api-key) and resume it again.`
      : null;
  if (apiKey === own) return null;
  const asked = GPT_BASE_URL ?? OFFICIAL_SERVER;
  if (baseUrl !== asked)
    return t`It is not given this shell's key: it asks ${asked}, and this shell's key is for ${baseUrl}. If it is for the schedule's server, set TUNING_GPT_BASE_URL=${asked} and resume it again.`;
  const handle = handleOf(server, name);
  if (!(await replaceAdviserKey(handle.scheduleId, adviserAccess ?? null, apiKey))) {
    // It was added without one, so its executions have none to copy.
    const access = await storeAdviserKey(handle.scheduleId, apiKey, origin);
    await handle.update(({ action, ...rest }) => ({
      ...rest,
      action: { ...action, args: [{ ...startOf({ action }), adviserAccess: access }] },
    }));
  }
  return t`It has this shell's key from here on, and each run that it begins gets a copy.`;
}
