/** What can be done with schedules: known to the help and the completion without anything else of them. */
export const SCHEDULE_ACTIONS = ['add', 'list', 'show', 'pause', 'resume', 'run-now', 'remove'] as const;
export type ScheduleAction = (typeof SCHEDULE_ACTIONS)[number];

export interface ScheduleOptions {
  name?: string;
  cron?: string;
  timezone?: string;
  config?: string;
  set: string[];
  always?: boolean;
  interactive?: boolean;
  json?: boolean;
}
