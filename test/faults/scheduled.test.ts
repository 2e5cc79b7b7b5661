/** Schedules of the whole product: its commands, its processes, its server. */
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import proto from '@temporalio/proto';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import type { Execution } from '../../src/runs/knownSchedules.ts';
import { progressOf } from '../e2e/progressOf.ts';
import { currentBundle } from '../temporal/stage.ts';
import { gather } from './evidence.ts';
import { outcomeIn } from './fault.ts';
import { keptSecret, replays, trainedOnce } from './invariants.ts';
import { eventually, signalAll } from './processes.ts';
import { SIZES, Stage } from './stage.ts';

const { EventType } = proto.temporal.api.enums.v1;

jest.setTimeout(600_000);

let stage: Stage | undefined;
beforeAll(async () => {
  if (process.platform !== 'linux') return;
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  stage = await Stage.open();
});
afterAll(async () => {
  // Undefined when the stage did not open: that failure is the one to tell.
  if (stage) expect((await stage.close()).problems).toEqual([]);
});

/** What a command prints; it must end well. */
async function said(args: string[], more: Record<string, string> = {}): Promise<string> {
  const { stdout, stderr, exitCode } = await stage!.command(args, more);
  if (exitCode !== 0) throw new Error(`${args.join(' ')} ended with ${exitCode}: ${stderr}`);
  return stdout;
}
const schedule = (...args: string[]): Promise<string> => said(['schedule', ...args]);

async function add(name: string, more: string[] = [], environment: Record<string, string> = {}): Promise<void> {
  const set = SIZES.short.flatMap((assignment) => ['--set', assignment]);
  const times = ['--cron', '0 2 1 1 *', '--timezone', 'UTC'];
  await said(['schedule', 'add', name, ...times, ...set, ...more], environment);
}
async function executionsOf(name: string): Promise<Execution[]> {
  return JSON.parse(await schedule('show', name, '--json')).executions;
}
/** Triggers it; the run that it began. */
async function begun(name: string): Promise<string> {
  const told = await schedule('run-now', name);
  const [, run] = /^began (\S+):/.exec(told) ?? [];
  if (run === undefined) throw new Error(`run-now said: ${told}`);
  return run;
}
/** A run of which enough was seen: it may be at its end already. */
async function cutShort(run: string): Promise<void> {
  await stage!.command(['decide', run, 'stop-run']);
  expect(await ended(run)).toMatchObject({ failed: 0 });
}
const ended = async (run: string) => outcomeIn(await said(['attach', run, '--json']));

/** Processes are found by /proc. */
const whereProcessesAreSeen = process.platform === 'linux' ? describe : describe.skip;

whereProcessesAreSeen('a schedule (Linux only)', () => {
  test('whose worker is killed between the start of its run and its own end has begun one run, and knows it', async () => {
    const { points, openai } = stage!;
    const calls = openai.calls.length;
    await add('nightly');
    points.arm('child-started');
    const told = schedule('run-now', 'nightly');
    await points.reached('child-started');
    const client = await stage!.client();
    const [execution] = await executionsOf('nightly');
    const parent = client.workflow.getHandle(execution!.workflowId);
    const kinds = async () => (await parent.fetchHistory()).events!.map(({ eventType }) => eventType);
    // The very moment: the run is there, and its parent does not know it.
    expect(await kinds()).toContain(EventType.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED);
    expect((await parent.describe()).status.name).toBe('RUNNING');
    const killed = stage!.pidOf('worker-tuning');
    signalAll('SIGKILL', [killed]);
    points.release('child-started');
    await eventually(() => stage!.pidOf('worker-tuning') !== killed, 'another worker');

    expect(await told).toMatch(/^began nightly-\d{8}-\d{6}: it is the first run of this schedule$/m);
    expect(await kinds()).toContain(EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT);
    const [done] = await executionsOf('nightly');
    expect(done).toMatchObject({ workflowId: execution!.workflowId, outcome: 'began' });
    const outcome = await ended(done!.run!);
    expect(outcome).toMatchObject({ status: 'completed', failed: 0 });
    const evidence = await gather(stage!, outcome, calls);
    expect(trainedOnce(evidence)).toEqual([]);
    const histories = [await parent.fetchHistory(), ...evidence.histories];
    expect(await replays({ ...evidence, histories }, await currentBundle())).toEqual([]);

    expect(await schedule('run-now', 'nightly')).toMatch(/^skipped: the data are the same as those of nightly-/);
    const runs = JSON.parse(await said(['runs', '--json'])) as { run: string }[];
    expect(runs.map(({ run }) => run)).toEqual([done!.run]);
    await client.connection.close();
  });
  test('has a key of its own, of which its runs get copies: no history has it; one that is gone is told, and given anew', async () => {
    const { openai, state } = stage!;
    const keys = path.join(state, 'adviser-keys');
    const entry = (name: string): string => path.join(keys, name);
    const owners = () => readdirSync(keys).map((name) => JSON.parse(readFileSync(entry(name), 'utf8')).workflowId);
    const shown = async (args: string[]) => said(['schedule', 'show', 'keyed', ...args]);
    // The key of the test before.
    await schedule('remove', 'nightly');
    await add('keyed', ['--always']);
    expect(owners()).toEqual(['schedule-keyed']);
    const [own] = readdirSync(keys) as [string];
    // In its entry, and nowhere else: neither in the schedule nor in a history, which the server's database holds.
    expect(keptSecret(stage!)).toEqual([`the key is in ${entry(own)}`]);

    rmSync(entry(own));
    expect(await shown([])).toContain("the search model alone (the schedule's key is gone)");
    const calls = openai.calls.length;
    const alone = await begun('keyed');
    const adviser = await eventually(async () => (await progressOf(state, alone))?.adviser, 'its adviser', 120_000);
    expect(adviser.note).toMatch(/^the key of the run's schedule is gone .*, so no language model advises/);
    await cutShort(alone);
    expect(openai.calls).toHaveLength(calls);

    const none = { OPENAI_API_KEY: '' };
    expect(await said(['schedule', 'resume', 'keyed'], none)).toContain('Its key is gone, and this shell has none');
    const elsewhere = { OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' };
    expect(await said(['schedule', 'resume', 'keyed'], elsewhere)).toContain("It is not given this shell's key");
    expect(readdirSync(keys)).toEqual([]);
    expect(await schedule('resume', 'keyed')).toContain("It has this shell's key from here on");
    expect(await shown([])).toMatch(/adviser +\S+ at 127\.0\.0\.1:\d+, key from the environment/);
    expect([readdirSync(keys), owners()]).toEqual([[own], ['schedule-keyed']]);
    expect(keptSecret(stage!)).toEqual([`the key is in ${entry(own)}`]);
    await schedule('remove', 'keyed');
    expect(keptSecret(stage!)).toEqual([]);
  });

  test('that was added without a key is given one by resume, and stays as it was; its runs are advised', async () => {
    const { openai, state } = stage!;
    const keys = path.join(state, 'adviser-keys');
    const entries = () => (existsSync(keys) ? readdirSync(keys) : []);
    await add('later', [], { OPENAI_API_KEY: '' });
    const known = async () => JSON.parse(await schedule('show', 'later', '--json'));
    const before = await known();
    expect([before.adviser.keyFrom, entries()]).toEqual(['none', []]);
    await schedule('pause', 'later');
    expect(await schedule('resume', 'later')).toContain("It has this shell's key from here on");
    const { adviser, ...after } = await known();
    expect({ ...after, adviser: { ...adviser, keyFrom: 'none' }, note: null }).toEqual(before);
    expect(adviser.keyFrom).toBe('environment');

    const calls = openai.calls.length;
    const advised = await begun('later');
    await eventually(() => openai.calls.length > calls, 'a question', 240_000);
    await cutShort(advised);
    // The run's copy went with it.
    await eventually(() => entries().length === 1, "the end of the run's copy");
    await schedule('remove', 'later');
    expect(keptSecret(stage!)).toEqual([]);
  });
});
