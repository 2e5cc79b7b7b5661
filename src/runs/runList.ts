/** Runs that the server knows. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { WorkflowExecutionInfo } from '@temporalio/client';
import { WORKFLOW_ID_PREFIX } from '../domain/scheduled.ts';
import { WORKFLOW_TYPE } from '../workflows/messages.ts';
import type { Server } from './server.ts';

export const workflowIdOf = (run: string): string =>
  run.startsWith(WORKFLOW_ID_PREFIX) ? run : `${WORKFLOW_ID_PREFIX}${run}`;
export const runOf = (workflowId: string): string => workflowId.slice(WORKFLOW_ID_PREFIX.length);

/** A start that is still under way is not there yet; its entry must not be taken from it. */
const STARTED_WITHIN_MS = 60_000;

/** Whether a run has ended, or never began. */
export async function isOver(server: Server, workflowId: string): Promise<boolean> {
  try {
    const { status } = await server.client.workflow.getHandle(workflowId).describe();
    return status.name !== 'RUNNING' && status.name !== 'CONTINUED_AS_NEW';
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    const [, date, time] = /(\d{8})-(\d{6})$/.exec(workflowId) ?? [];
    const started = date && time ? Date.parse(`${date}T${time}Z`.replace(ISO_PARTS, '$1-$2-$3T$4:$5:$6Z')) : 0;
    return !(Date.now() - started < STARTED_WITHIN_MS);
  }
}
const ISO_PARTS = /(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z/;

/** Runs, newest first; each once, whatever number of continued executions it has. */
export async function listRuns(server: Server, filter = ''): Promise<WorkflowExecutionInfo[]> {
  const found = new Map<string, WorkflowExecutionInfo>();
  const query = `WorkflowType = '${WORKFLOW_TYPE}'${filter ? ` AND ${filter}` : ''}`;
  for await (const info of server.client.workflow.list({ query })) {
    if (info.status.name !== 'CONTINUED_AS_NEW' && !found.has(info.workflowId)) found.set(info.workflowId, info);
  }
  return [...found.values()].sort((a, b) => b.startTime.getTime() - a.startTime.getTime());
}

/** Ids of the running runs whose name, without its timestamp, is this one; the first one started comes first. */
export async function runningNamed(server: Server, name: string): Promise<string[]> {
  const runs = await listRuns(server, "ExecutionStatus = 'Running'");
  return runs
    .map(({ workflowId }) => workflowId)
    .filter((id) => runOf(id).replace(/-\d{8}-\d{6}$/, '') === name)
    .sort();
}

const LISTED_WITHIN_MS = 10_000;

/**
 * The run that has a name, told once a run just started is listed (lists lag a moment behind): `own`, unless another
 * came first.
 */
export async function firstNamed(server: Server, name: string, own: string): Promise<string> {
  const deadline = Date.now() + LISTED_WITHIN_MS;
  while (Date.now() < deadline) {
    const running = await runningNamed(server, name);
    if (running.includes(own)) return running[0]!;
    await sleep(100);
  }
  return own;
}
