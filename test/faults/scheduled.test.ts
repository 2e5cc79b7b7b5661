/** Schedules of the whole product: its commands, its processes, its server. */
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import proto from '@temporalio/proto';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import type { Execution } from '../../src/runs/knownSchedules.ts';
import { currentBundle } from '../temporal/stage.ts';
import { gather } from './evidence.ts';
import { outcomeIn } from './fault.ts';
import { keptSecret, replays, trainedOnce } from './invariants.ts';
import { eventually, signalAll } from './processes.ts';
import { CANARY, SIZES, Stage } from './stage.ts';

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

async function add(name: string, more: string[] = []): Promise<void> {
  const set = SIZES.short.flatMap((assignment) => ['--set', assignment]);
  await schedule('add', name, '--cron', '0 2 1 1 *', '--timezone', 'UTC', ...set, ...more);
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
});
