/** Starting a run on the server, with its name and its adviser. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { queuesFrom } from '../config/queues.ts';
import type { AdviserAccess } from '../domain/adviserFacts.ts';
import { runNameAt, scheduleOf } from '../domain/scheduled.ts';
import { startDetails } from '../domain/startDetails.ts';
import type { RunState } from '../domain/runState.ts';
import type { TuningConfig } from '../domain/settings.ts';
import { pruneAdviserKeys, removeAdviserKey, storeAdviserKey } from '../local/adviserKeys.ts';
import { WORKFLOW_TYPE } from '../workflows/messages.ts';
import type { StartInput } from '../workflows/temporalHost.ts';
import type { tuningRun } from '../workflows/tuningRun.ts';
import { adviserHere, withServer } from './adviserSettings.ts';
import { scheduleExists } from './knownSchedules.ts';
import { firstNamed, isOver, listRuns, runOf, runningNamed, workflowIdOf } from './runList.ts';
import { ensureSearchAttributes } from './server.ts';
import type { Server } from './server.ts';

/**
 * Starts a run; a run of that name that is under way is found instead.
 *
 * Two commands may start one name at the same moment, from two machines. Ids carry the second of their start, so the
 * server cannot refuse the later one by its id: each looks again after its start, and the later one gives way.
 */
export async function startOrFind(
  server: Server,
  config: TuningConfig,
  name: string | undefined,
  begin: Begin | null = null,
): Promise<{ workflowId: string; started: boolean }> {
  for (;;) {
    const [running] = name ? await runningNamed(server, name) : [];
    if (running) return { workflowId: running, started: false };
    const workflowId = await start(server, config, name, begin);
    if (workflowId) {
      const first = name ? await firstNamed(server, name, workflowId) : workflowId;
      if (first === workflowId) return { workflowId, started: true };
      await server.client.workflow
        .getHandle(workflowId)
        .terminate(`${runOf(first)} of the same name was started first`);
      return { workflowId: first, started: false };
    }
    await sleep(1000);
  }
}

/** What a run is to begin with besides its configuration, made for the name that it gets; `undo` takes it away again. */
export type Begin = (run: string) => Promise<{ state: RunState; undo: () => Promise<void> }>;

/** Starts a run; null when one with the same second in its id exists. */
async function start(
  server: Server,
  config: TuningConfig,
  name: string | undefined,
  begin: Begin | null,
): Promise<string | null> {
  const run = runNameOf(config, name);
  const searchAttributes = await ensureSearchAttributes(server);
  const beginning = await begin?.(run);
  try {
    await launch(server, run, config, searchAttributes, beginning?.state);
    return workflowIdOf(run);
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    await beginning?.undo();
    return null;
  }
}

/** The name that a person gave, or RUN_NAME_PREFIX, with the second of the start in UTC. */
export const runNameOf = (config: TuningConfig, name: string | undefined): string =>
  runNameAt(name ?? config.DEFAULT_CONFIG.RUN_NAME_PREFIX, new Date());

export const startInput = (
  run: string,
  config: TuningConfig,
  searchAttributes: boolean,
  adviserAccess: AdviserAccess | null,
  state?: RunState,
): StartInput => ({
  run,
  config,
  searchAttributes,
  ...(adviserAccess ? { adviserAccess } : {}),
  ...(state ? { state: { ...state, config } } : {}),
});

async function launch(
  server: Server,
  run: string,
  given: TuningConfig,
  searchAttributes: boolean,
  state?: RunState,
): Promise<void> {
  const { config, adviserAccess } = await adviserOf(server, workflowIdOf(run), given);
  try {
    await server.client.workflow.start<typeof tuningRun>(WORKFLOW_TYPE, {
      taskQueue: queuesFrom(process.env).tuning,
      workflowId: workflowIdOf(run),
      args: [startInput(run, config, searchAttributes, adviserAccess, state)],
      ...startDetails(run, config, { dashboard: server.dashboard }),
    });
  } catch (error) {
    // After any other error the run may have begun all the same; the next start takes away what nobody needs.
    if (error instanceof WorkflowExecutionAlreadyStartedError) await removeAdviserKey(adviserAccess);
    throw error;
  }
}

/**
 * A run on the local stack has the adviser of its own shell, whatever shell started the stack; workers elsewhere have
 * keys of their own.
 *
 * @param owner - Id of the workflow, or the schedule, that the key is for.
 */
export async function adviserOf(
  server: Server,
  owner: string,
  config: TuningConfig,
): Promise<{ config: TuningConfig; adviserAccess: AdviserAccess | null }> {
  if (!server.local) return { config, adviserAccess: null };
  const here = adviserHere(config.AGENT_SETTINGS);
  await pruneAdviserKeys(
    async (owner, isOld) =>
      scheduleOf(owner) === null ? isOver(server, owner) : (await isOld()) && !(await scheduleExists(server, owner)),
    async () => (await listRuns(server, "ExecutionStatus = 'Running'")).length === 0,
  );
  const adviserAccess =
    here.apiKey === null || config.AGENT_SETTINGS.ADVISER === 'local'
      ? { ref: null, origin: here.origin }
      : await storeAdviserKey(owner, here.apiKey, here.origin);
  return { config: withServer(config, here), adviserAccess };
}
