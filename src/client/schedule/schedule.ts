/** `schedule`: runs that begin by themselves, at their times, when the data have changed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import { said } from '../../domain/said.ts';
import { removeAdviserKey } from '../../local/adviserKeys.ts';
import { EXIT } from '../../runs/exitCodes.ts';
import { describeSchedule, handleOf, knownSchedule, scheduleNames, startOf } from '../../runs/knownSchedules.ts';
import type { Execution } from '../../runs/knownSchedules.ts';
import { connectToServer } from '../../runs/server.ts';
import type { Server } from '../../runs/server.ts';
import { UserError } from '../../runs/userError.ts';
import { t } from '../../words/catalogue.ts';
import { viewOf } from '../terminal/view.ts';
import type { ScheduleAction, ScheduleOptions } from './actions.ts';
import { addSchedule } from './adding.ts';
import { giveScheduleKey } from './givingKey.ts';
import { executionWords, listLines, scheduleLines } from './words.ts';

/** Executions that `show` tells of; the server keeps as many. */
const SHOWN = 10;

/** @param named - The schedule, for every action but add and list. */
export async function schedule(
  action: ScheduleAction,
  named: string | undefined,
  options: ScheduleOptions,
): Promise<number> {
  if (action === 'add') {
    if (named !== undefined && options.name !== undefined && named !== options.name)
      throw new UserError(t`add was given two names, ${named} and ${options.name}`);
    return addSchedule({ ...options, ...(named === undefined ? {} : { name: named }) });
  }
  refuseOptionsOfAdd(action, options);
  if (action === 'list') {
    if (named !== undefined) throw new UserError(t`list takes no name; show ${named} tells of one`);
    return list(options);
  }
  const name = named ?? options.name;
  if (name === undefined) throw new UserError(t`${action} needs the name of a schedule: schedule list names them`);
  const server = await connectHere();
  if (action === 'show') return show(server, name, options);
  return CHANGES[action](server, name);
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const connectHere = (): Promise<Server> =>
  connectToServer({ start: false, say: (line) => void process.stderr.write(`${line}\n`) });

/** @throws UserError for an option that would be ignored. */
function refuseOptionsOfAdd(action: ScheduleAction, options: ScheduleOptions): void {
  const given = (['cron', 'timezone', 'config', 'always', 'interactive'] as const).find(
    (option) => options[option] !== undefined,
  );
  const one = given ?? (options.set.length > 0 ? 'set' : undefined);
  if (one !== undefined)
    throw new UserError(
      t`--${one} belongs to add, and ${action} does not take it; to change a schedule, remove it and add it again`,
    );
}

async function list({ json = false }: ScheduleOptions): Promise<number> {
  const server = await connectHere();
  const known = await Promise.all((await scheduleNames(server)).map((name) => knownSchedule(server, name, 1)));
  if (json) print(JSON.stringify(known));
  else if (known.length === 0) print(t`There is no schedule yet: add one with npm run schedule -- add`);
  else listLines(known, viewOf(process.stdout)).forEach(print);
  return EXIT.done;
}

async function show(server: Server, name: string, { json = false }: ScheduleOptions): Promise<number> {
  const known = await knownSchedule(server, name, SHOWN);
  if (json) print(JSON.stringify({ ...known, config: startOf(await describeSchedule(server, name)).config }));
  else scheduleLines(known, viewOf(process.stdout)).forEach(print);
  return EXIT.done;
}

type Change = (server: Server, name: string) => Promise<number>;

const CHANGES: Record<Exclude<ScheduleAction, 'add' | 'list' | 'show'>, Change> = {
  pause: async (server, name) => {
    await describeSchedule(server, name);
    await handleOf(server, name).pause(said`paused by a command`);
    print(t`${name} is paused: it begins nothing until it is resumed. A run in progress goes on.`);
    return EXIT.done;
  },
  resume: async (server, name) => {
    const start = startOf(await describeSchedule(server, name));
    // Before a time can come.
    const told = server.local ? await giveScheduleKey(server, name, start) : null;
    await handleOf(server, name).unpause(said`resumed by a command`);
    print(t`${name} is resumed.`);
    if (told !== null) print(told);
    return EXIT.done;
  },
  remove: async (server, name) => {
    const { adviserAccess } = startOf(await describeSchedule(server, name));
    await handleOf(server, name).delete();
    await removeAdviserKey(adviserAccess ?? null);
    print(t`${name} is removed. Runs that it began stay, and go on.`);
    return EXIT.done;
  },
  'run-now': async (server, name) => {
    const before = await describeSchedule(server, name);
    // One at a time, as at its own times.
    await handleOf(server, name).trigger(ScheduleOverlapPolicy.SKIP);
    const { info } = before;
    const seen = new Set(info.recentActions.map(({ action }) => action.workflow.workflowId));
    const execution = await executionAfter(server, name, seen);
    print(execution ? executionWords(execution) : t`${name} is at it already: schedule show ${name} tells of it`);
    return execution?.outcome === 'failed' ? EXIT.failed : EXIT.done;
  },
};

/** Seconds after which a person is told that the answer takes its time, and after which the command leaves. */
const PATIENCE = { started: 10, told: 15, done: 600 };

/** The execution that a trigger started, once it is done; null when the server started none. */
async function executionAfter(server: Server, name: string, seen: ReadonlySet<string>): Promise<Execution | null> {
  const began = Date.now();
  const seconds = () => (Date.now() - began) / 1000;
  for (let told = false; ; await sleep(250)) {
    const { executions } = await knownSchedule(server, name, 1);
    const [newest] = executions;
    const ours = newest && !seen.has(newest.workflowId) ? newest : null;
    if (ours && (ours.outcome !== 'running' || seconds() > PATIENCE.done)) return ours;
    if (!ours && seconds() > PATIENCE.started) return null;
    if (ours && !told && seconds() > PATIENCE.told) {
      process.stderr.write(`${t`It looks at the data, or waits for a worker (npm run status) …`}\n`);
      told = true;
    }
  }
}
