/** `schedule add`: a configuration, resolved once, and the times at which a run of it may begin. */
import { ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';
import { nearest } from '../../config/messages.ts';
import { queuesFrom } from '../../config/queues.ts';
import { oneLine } from '../../domain/inShort.ts';
import { scheduleIdOf } from '../../domain/scheduled.ts';
import type { ScheduledStart } from '../../domain/scheduled.ts';
import { removeAdviserKey } from '../../local/adviserKeys.ts';
import { EXIT } from '../../runs/exitCodes.ts';
import { knownSchedule } from '../../runs/knownSchedules.ts';
import { adviserOf } from '../../runs/launching.ts';
import { connectToServer, ensureSearchAttributes } from '../../runs/server.ts';
import { UserError } from '../../runs/userError.ts';
import { SCHEDULE_WORKFLOW_TYPE } from '../../workflows/messages.ts';
import type { scheduledTuning } from '../../workflows/scheduledTuning.ts';
import { t } from '../../words/catalogue.ts';
import { createScreen } from '../screen.ts';
import { configuration } from '../startRun.ts';
import { refuseMissingTrackers } from '../trackRun.ts';
import type { ScheduleOptions } from './actions.ts';
import { addedLines } from './words.ts';

/** A time that passed while nothing ran is made up for within this long; several of them are one. */
const CATCH_UP = '7 days';

export async function addSchedule(options: ScheduleOptions): Promise<number> {
  const { name, cron, timezone = hereZone(), always = false, interactive = false, json = false } = options;
  if (name === undefined) throw new UserError(t`add needs --name, for example --name nightly`);
  if (cron === undefined) throw new UserError(t`add needs --cron, for example --cron "0 2 * * *": ${CRON_FIELDS()}`);
  refuseTimezone(timezone);
  const screen = createScreen(json ? process.stderr : process.stdout);
  // Nobody sits at a terminal at that time.
  const { config } = configuration({ ...options, auto: !interactive, interactive }, screen);
  await refuseMissingTrackers(config);
  const server = await connectToServer({ start: true, say: (line) => screen.line(line) });
  const scheduleId = scheduleIdOf(name);
  const searchAttributes = await ensureSearchAttributes(server);
  const adviser = await adviserOf(server, scheduleId, config);
  const start: ScheduledStart = {
    schedule: name,
    config: adviser.config,
    always,
    searchAttributes,
    ...(adviser.adviserAccess ? { adviserAccess: adviser.adviserAccess } : {}),
  };
  try {
    await server.client.schedule.create<typeof scheduledTuning>({
      scheduleId,
      spec: { cronExpressions: [cron], timezone },
      memo: { cron },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: CATCH_UP },
      action: {
        type: 'startWorkflow',
        workflowType: SCHEDULE_WORKFLOW_TYPE,
        workflowId: scheduleId,
        taskQueue: queuesFrom(process.env).tuning,
        args: [start],
        staticSummary: oneLine(`Schedule ${name}: ${config.DEFAULT_CONFIG.DATASET_NAME}`),
      },
    });
  } catch (error) {
    const refused = refusalOf(error, name, cron);
    // After any other error the schedule may be there all the same, and needs its key.
    if (refused instanceof UserError) await removeAdviserKey(adviser.adviserAccess);
    throw refused;
  }
  const known = await knownSchedule(server, name, 0);
  if (json) process.stdout.write(`${JSON.stringify(known)}\n`);
  else screen.lines(addedLines(known, server.local, screen.view()));
  return EXIT.done;
}

const hereZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

const CRON_FIELDS = (): string => t`minute, hour, day of the month, month, day of the week`;

/** @throws UserError with the nearest name. */
function refuseTimezone(timezone: string): void {
  try {
    Intl.DateTimeFormat('en', { timeZone: timezone });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const meant = nearest(timezone, Intl.supportedValuesOf('timeZone'));
    throw new UserError(
      meant === null
        ? t`--timezone ${timezone} is not known; allowed: UTC, or a name such as Asia/Shanghai`
        : t`--timezone ${timezone} is not known; did you mean ${meant}?`,
    );
  }
}

/** What the server has against it, in words of a person who typed it. */
function refusalOf(error: unknown, name: string, cron: string): unknown {
  if (error instanceof ScheduleAlreadyRunning)
    return new UserError(t`the schedule ${name} exists: choose another --name, or remove it first`);
  // The client's word for a specification that the server refuses.
  if (error instanceof TypeError)
    return new UserError(
      t`--cron "${cron}" is not possible (${error.message}); allowed: five fields, ${CRON_FIELDS()}, for example "0 2 * * *", or @daily, @weekly`,
    );
  return error;
}
