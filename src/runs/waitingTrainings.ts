/** Trainings that no worker has taken yet, or that a worker has refused: what a run that seems to stand still waits for. */
import type { WorkflowClient, WorkflowExecutionDescription } from '@temporalio/client';
import proto from '@temporalio/proto';
import { WORKFLOW_TYPE } from '../workflows/messages.ts';

export type Pending = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];

/** Activities that take a slot. */
const IN_SLOTS: ReadonlySet<string> = new Set(['scoreUntouched', 'timeTraining', 'trainTrial', 'confirmHeldOut']);
/** Server's default where a run names no priority, as before 0.5.0. */
const USUAL_PRIORITY = 3;
/** A worker takes what it can at once. */
const WAITS_AFTER_S = 3;
/** Runs that are looked at; of more it is said that there are at least so many. */
const MOST_RUNS = 50;

const isTraining = ({ activityType }: Pending): boolean => IN_SLOTS.has(activityType?.name ?? '');
/** Whether no worker has taken it. */
export const isUntaken = ({ state }: Pending): boolean =>
  state === proto.temporal.api.enums.v1.PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED;
/** Milliseconds; one that was tried before is scheduled for its next attempt. */
const since = ({ scheduledTime, lastAttemptCompleteTime }: Pending): number =>
  Number((lastAttemptCompleteTime ?? scheduledTime)?.seconds ?? 0) * 1000;
const priorityOf = ({ priority }: Pending): number => priority?.priorityKey || USUAL_PRIORITY;

/** Whether none has for longer than a worker takes that has room. */
export const waitsLong = (one: Pending): boolean => isUntaken(one) && Date.now() - since(one) > WAITS_AFTER_S * 1000;

/** The training of a run that has waited longest for a worker; null when none waits. */
export function waitingTraining(description: WorkflowExecutionDescription | null): Pending | null {
  const long = (description?.raw.pendingActivities ?? []).filter((one) => isTraining(one) && waitsLong(one));
  return long.sort((a, b) => since(a) - since(b))[0] ?? null;
}

/** What the last attempt of a training failed with, while it is offered again; null when nothing did. */
export function refusalOf(description: WorkflowExecutionDescription | null): string | null {
  const refused = (description?.raw.pendingActivities ?? []).find(
    (one) => isTraining(one) && isUntaken(one) && one.lastFailure,
  );
  return refused?.lastFailure?.message ?? null;
}

export interface Before {
  trainings: number;
  /** Runs that were asked, one request each. */
  runs: number;
  /** There are further runs, so there may be further trainings. */
  more: boolean;
}

/**
 * Trainings of other runs that come before one that waits: of a higher priority, or of the same one and waiting longer.
 * Runs of one priority take turns, so fewer may really go first.
 */
export async function trainingsBefore(client: WorkflowClient, own: Pending, workflowId: string): Promise<Before> {
  const query = `WorkflowType = '${WORKFLOW_TYPE}' AND ExecutionStatus = 'Running'`;
  let [runs, trainings] = [0, 0];
  for await (const run of client.list({ query, pageSize: MOST_RUNS + 2 })) {
    if (run.workflowId === workflowId) continue;
    if (runs === MOST_RUNS) return { trainings, runs, more: true };
    runs += 1;
    const other = await client
      .getHandle(run.workflowId)
      .describe()
      .catch(() => null);
    trainings += (other?.raw.pendingActivities ?? []).filter(
      (one) =>
        isTraining(one) &&
        isUntaken(one) &&
        (priorityOf(one) < priorityOf(own) || (priorityOf(one) === priorityOf(own) && since(one) < since(own))),
    ).length;
  }
  return { trainings, runs, more: false };
}
