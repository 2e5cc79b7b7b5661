/**
 * Schedules: a run is begun at its time if the data are others than those of the run that the schedule began last.
 *
 * What the schedule knows of itself is the result of its last execution, which Temporal hands to the next one, however long
 * ago that was.
 */
import type { AdviserAccess } from './adviserFacts.ts';
import { said } from './said.ts';
import type { TuningConfig } from './settings.ts';

/** What every execution of a schedule is started with. */
export interface ScheduledStart {
  /** Name of the schedule, and of its runs. */
  schedule: string;
  config: TuningConfig;
  /** Begins a run each time, also when the data are the same. */
  always: boolean;
  searchAttributes: boolean;
  /** Where the schedule's own key for the adviser lies, of which each run gets a copy; absent: the workers' own. */
  adviserAccess?: AdviserAccess;
}

/** A run that a schedule began. */
export interface BegunRun {
  run: string;
  workflowId: string;
  /** Fingerprint of its data. */
  data: string;
}

/** What became of one execution: the result of its workflow. */
export interface ScheduledOutcome {
  outcome: 'began' | 'skipped';
  /** In a sentence, as `said`. */
  why: string;
  /** The run that the schedule began last, this time or before; null: none yet. */
  begun: BegunRun | null;
}

/** Why nothing is begun, whatever the data are; null: the data decide. */
export const skippedSince = (last: BegunRun, inProgress: boolean): string | null =>
  inProgress ? said`${last.run}, which this schedule began, is still in progress` : null;

/** Whether a run is begun for these data. */
export function decideScheduled(
  last: BegunRun | null,
  data: string,
  always: boolean,
): Pick<ScheduledOutcome, 'outcome' | 'why'> {
  if (last === null) return { outcome: 'began', why: said`it is the first run of this schedule` };
  if (last.data !== data)
    return {
      outcome: 'began',
      why: said`the data changed since ${last.run}: ${shortly(last.data)} then, ${shortly(data)} now`,
    };
  if (always)
    return { outcome: 'began', why: said`a run is begun each time (--always); the data are those of ${last.run}` };
  return { outcome: 'skipped', why: said`the data are the same as those of ${last.run} (${shortly(data)})` };
}

/** Enough of a fingerprint to tell two apart. */
const shortly = (fingerprint: string): string => fingerprint.slice(0, 8);

/** The name of a run that begins at this moment: second and all, in UTC. */
export const runNameAt = (name: string, now: Date): string =>
  `${name}-${now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15)}`;

/** A run's workflow, by its name. */
export const WORKFLOW_ID_PREFIX = 'tuning-';

/** Temporal's name of a schedule, and the start of its executions' names; no run's begins so. */
const SCHEDULE_ID_PREFIX = 'schedule-';
export const scheduleIdOf = (name: string): string => `${SCHEDULE_ID_PREFIX}${name}`;
/** The name of a schedule, or null for an id that is none of one. */
export const scheduleOf = (id: string): string | null =>
  id.startsWith(SCHEDULE_ID_PREFIX) ? id.slice(SCHEDULE_ID_PREFIX.length) : null;
