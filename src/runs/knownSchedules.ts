/** Schedules that the server knows, and what became of their executions. */
import { ScheduleNotFoundError, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import type { ScheduleDescription, ScheduleExecutionResult, ScheduleHandle } from '@temporalio/client';
import { nearest } from '../config/messages.ts';
import type { AdviserSettingsShown } from '../domain/progress.ts';
import { scheduleIdOf, scheduleOf } from '../domain/scheduled.ts';
import type { ScheduledOutcome, ScheduledStart } from '../domain/scheduled.ts';
import { readAdviserKey } from '../local/adviserKeys.ts';
import { t } from '../words/catalogue.ts';
import { SCHEDULE_WORKFLOW_TYPE } from '../workflows/messages.ts';
import type { Server } from './server.ts';
import { UserError } from './userError.ts';

/** One time at which a schedule did something. */
export interface Execution {
  at: string;
  workflowId: string;
  /** `running`: it looks at the data, or waits for a worker. `unknown`: the server has forgotten it. */
  outcome: ScheduledOutcome['outcome'] | 'running' | 'failed' | 'unknown';
  /** In English, as the run's history has it; null where there is nothing to say. */
  why: string | null;
  /** The run that it began; null: none. */
  run: string | null;
}

export interface KnownSchedule {
  name: string;
  cron: string;
  timezone: string;
  paused: boolean;
  /** What was said when it was paused or resumed last. */
  note: string | null;
  always: boolean;
  /** Of the runs that it begins. */
  adviser: AdviserSettingsShown;
  /** Coming times, ISO. */
  next: string[];
  /** Newest first. */
  executions: Execution[];
  /** Times that came while the execution before was not done. */
  skippedBusy: number;
  /** Times that came while no server ran, longer ago than the catch-up. */
  missed: number;
}

export const handleOf = (server: Server, name: string): ScheduleHandle =>
  server.client.schedule.getHandle(scheduleIdOf(name));

export async function scheduleExists(server: Server, id: string): Promise<boolean> {
  try {
    await server.client.schedule.getHandle(id).describe();
    return true;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return false;
    throw error;
  }
}

/** Names of all schedules of trainings, in their order. */
export async function scheduleNames(server: Server): Promise<string[]> {
  const names: string[] = [];
  for await (const { scheduleId, action } of server.client.schedule.list()) {
    const name = scheduleOf(scheduleId);
    if (name !== null && action?.workflowType === SCHEDULE_WORKFLOW_TYPE) names.push(name);
  }
  return names.sort();
}

/** @throws UserError when there is none of that name, with the nearest one. */
export async function describeSchedule(server: Server, name: string): Promise<ScheduleDescription> {
  try {
    return await handleOf(server, name).describe();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    throw await unknownSchedule(server, name);
  }
}

async function unknownSchedule(server: Server, name: string): Promise<UserError> {
  const names = await scheduleNames(server);
  if (names.length === 0) return new UserError(t`there is no schedule ${name}; there are: none`);
  const meant = nearest(name, names);
  const there = names.join(', ');
  return new UserError(
    meant === null
      ? t`there is no schedule ${name}; there are: ${there}`
      : t`there is no schedule ${name}; did you mean ${meant}? There are: ${there}`,
  );
}

/** The start that a schedule gives to each of its executions. */
export const startOf = ({ action }: Pick<ScheduleDescription, 'action'>): ScheduledStart =>
  (action.args as [ScheduledStart])[0];

/** `keyFrom` is `gone` where the schedule had a key of its own, and its entry is no longer on this machine. */
async function adviserOf({ config, adviserAccess }: ScheduledStart): Promise<AdviserSettingsShown> {
  const { ADVISER, GPT_MODEL: model, GPT_BASE_URL: server } = config.AGENT_SETTINGS;
  const isGone = Boolean(adviserAccess?.ref) && (await readAdviserKey(adviserAccess!)) === null;
  return { ADVISER, model, server, keyFrom: isGone ? 'gone' : (adviserAccess?.origin ?? 'workers') };
}

/** @param latest - Executions that are looked up at most. */
export async function knownSchedule(server: Server, name: string, latest: number): Promise<KnownSchedule> {
  const description = await describeSchedule(server, name);
  const { info, state, spec, memo } = description;
  const start = startOf(description);
  const recent = info.recentActions.toReversed().slice(0, latest);
  return {
    name,
    cron: String(memo?.['cron'] ?? ''),
    timezone: spec.timezone ?? 'UTC',
    paused: state.paused,
    note: state.note || null,
    always: start.always,
    adviser: await adviserOf(start),
    next: state.paused ? [] : info.nextActionTimes.map((time) => time.toISOString()),
    executions: await Promise.all(recent.map((one) => executionOf(server, one))),
    skippedBusy: info.numActionsSkippedOverlap,
    missed: info.numActionsMissedCatchupWindow,
  };
}

async function executionOf(server: Server, { takenAt, action }: ScheduleExecutionResult): Promise<Execution> {
  const { workflowId, firstExecutionRunId } = action.workflow;
  const execution = { at: takenAt.toISOString(), workflowId };
  const handle = server.client.workflow.getHandle(workflowId, firstExecutionRunId);
  try {
    const { status } = await handle.describe();
    if (status.name === 'RUNNING') return { ...execution, outcome: 'running', why: null, run: null };
    const { outcome, why, begun } = (await handle.result()) as ScheduledOutcome;
    return { ...execution, outcome, why, run: outcome === 'began' ? begun!.run : null };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { ...execution, outcome: 'unknown', why: null, run: null };
    if (!(error instanceof WorkflowFailedError)) throw error;
    return { ...execution, outcome: 'failed', why: error.cause?.message ?? error.message, run: null };
  }
}
