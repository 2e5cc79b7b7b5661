/** Schedules on a real server, triggered by hand: no test waits for a clock. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { ScheduleHandle } from '@temporalio/client';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { WorkflowBundle } from '@temporalio/worker';
import { scheduleActivities } from '../../src/activities/scheduling.ts';
import { listLines, scheduleLines } from '../../src/client/schedule/words.ts';
import type { TrainingActivities } from '../../src/domain/contract.ts';
import { queuesWith } from '../../src/domain/queues.ts';
import { scheduleIdOf } from '../../src/domain/scheduled.ts';
import type { ScheduledStart } from '../../src/domain/scheduled.ts';
import { handleOf, knownSchedule, scheduleExists, scheduleNames } from '../../src/runs/knownSchedules.ts';
import type { Server } from '../../src/runs/server.ts';
import { SCHEDULE_WORKFLOW_TYPE } from '../../src/workflows/messages.ts';
import { FACTS, config, result } from '../domain/runs.ts';
import { activities, byQueue, currentBundle, developmentServer } from './stage.ts';

const QUEUES = queuesWith('');
const KEYS = { read: async () => 'sk-canary', store: async () => ({ ref: 'c'.repeat(32), origin: 'environment' }) };

let env: TestWorkflowEnvironment;
let workflowBundle: WorkflowBundle;
let server: Server;
let handle: ScheduleHandle;
let schedules = 0;
let name = '';

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  [env, workflowBundle] = await Promise.all([developmentServer(), currentBundle()]);
  server = { client: env.client, address: env.address, namespace: 'default', webUi: null, local: false } as Server;
}, 60_000);
afterAll(() => env.teardown());
afterEach(() => handle.delete());

async function addSchedule(change: Partial<ScheduledStart> = {}): Promise<void> {
  schedules += 1;
  name = `nightly-${schedules}`;
  const start: ScheduledStart = {
    schedule: name,
    config: config(
      'INTERACTIVE_MODE=false',
      'MAX_PRIORITY_PARAMS=1',
      'ROUNDS_PER_PARAM=1',
      'NOISE_SEEDS=0',
      'CONFIRM_SEEDS=0',
    ),
    always: false,
    searchAttributes: false,
    ...change,
  };
  handle = await env.client.schedule.create({
    scheduleId: scheduleIdOf(name),
    spec: { cronExpressions: ['0 2 1 1 *'], timezone: 'UTC' },
    memo: { cron: '0 2 1 1 *' },
    policies: { overlap: ScheduleOverlapPolicy.SKIP },
    action: {
      type: 'startWorkflow',
      workflowType: SCHEDULE_WORKFLOW_TYPE,
      workflowId: scheduleIdOf(name),
      taskQueue: QUEUES.tuning,
      args: [start],
    },
  });
}

/** Workers that do what is given, until the work is done. A workflow is read anew from its history at each step. */
async function withWorkers<T>(fakes: Partial<TrainingActivities>, work: () => Promise<T>): Promise<T> {
  const { ofTuning, ofTraining } = byQueue(activities(fakes));
  const options = { connection: env.nativeConnection, shutdownForceTime: '1 s', shutdownGraceTime: '1 ms' } as const;
  const [tuning, training, checks] = await Promise.all([
    Worker.create({
      ...options,
      workflowBundle,
      maxCachedWorkflows: 0,
      taskQueue: QUEUES.tuning,
      activities: { ...ofTuning, ...scheduleActivities(KEYS) },
    }),
    Worker.create({ ...options, taskQueue: QUEUES.training, activities: ofTraining }),
    Worker.create({ ...options, taskQueue: QUEUES.checks, activities: ofTraining }),
  ]);
  return tuning.runUntil(training.runUntil(checks.runUntil(work)));
}

const withData = (fingerprint: string): TrainingActivities['probeTrainer'] => {
  const { inspection } = FACTS;
  return async () => ({ ...FACTS, inspection: { ...inspection, data: { ...inspection.data, fingerprint } } });
};

/** Triggers the schedule; what became of it, once it is done. */
async function fire() {
  const seen = (await knownSchedule(server, name, 10)).executions.length;
  await handle.trigger(ScheduleOverlapPolicy.SKIP);
  return outcomeAfter(seen);
}

async function outcomeAfter(seen: number) {
  for (let tries = 0; tries < 300; tries += 1) {
    const { executions } = await knownSchedule(server, name, 10);
    if (executions.length > seen && executions[0]!.outcome !== 'running') return executions[0]!;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the schedule did nothing');
}

const runsBegun = async (): Promise<string[]> => {
  const ids = new Set<string>();
  // Lists lag a moment behind.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  for await (const { workflowId } of env.client.workflow.list({ query: "WorkflowType = 'tuningRun'" }))
    if (workflowId.startsWith(`tuning-${name}-`)) ids.add(workflowId);
  return [...ids];
};
const ended = (run: string) => env.client.workflow.getHandle(`tuning-${run}`).result();

describe('a schedule', () => {
  test('begins a run, skips while it is in progress and while the data are the same, and begins again when they changed', async () => {
    await addSchedule();
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const first = await withWorkers(
      { probeTrainer: withData('data-1'), trainTrial: async () => held.then(() => result(0.5)) },
      async () => {
        const began = await fire();
        expect(began).toMatchObject({ outcome: 'began', why: 'it is the first run of this schedule' });
        expect(await fire()).toMatchObject({
          outcome: 'skipped',
          why: expect.stringMatching(/is still in progress$/),
          run: null,
        });
        release();
        await ended(began.run!);
        expect(await fire()).toMatchObject({
          outcome: 'skipped',
          why: expect.stringMatching(/^the data are the same/),
        });
        return began;
      },
    );
    await withWorkers({ probeTrainer: withData('data-2') }, async () => {
      const again = await fire();
      expect(again).toMatchObject({
        outcome: 'began',
        why: expect.stringContaining(`changed since ${first.run}: data-1`),
      });
      await ended(again.run!);
    });
    expect(await runsBegun()).toHaveLength(2);
  }, 120_000);

  test('whose worker dies while it looks, or before it tells, begins one run and no second one', async () => {
    await addSchedule({ adviserAccess: { ref: 'a'.repeat(32), origin: 'environment' } });
    await handle.trigger();
    // This one looks and never answers; it leaves, and its work is given to the next.
    let looks = (): void => {};
    const looking = new Promise<void>((resolve) => (looks = resolve));
    await withWorkers(
      {
        probeTrainer: () => {
          looks();
          return Context.current().cancelled;
        },
      },
      () => looking,
    );
    await withWorkers({ probeTrainer: withData('data-1') }, async () => {
      const began = await outcomeAfter(0);
      expect(began.outcome).toBe('began');
      await ended(began.run!);
      expect(await runsBegun()).toEqual([`tuning-${began.run}`]);
      const { workflowExecutionStartedEventAttributes: attributes } = (
        await env.client.workflow.getHandle(`tuning-${began.run}`).fetchHistory()
      ).events![0]!;
      const input = JSON.parse(Buffer.from(attributes!.input!.payloads![0]!.data!).toString()) as object;
      // A copy of the schedule's key, which goes with the run.
      expect(input).toMatchObject({ adviserAccess: { ref: 'c'.repeat(32), origin: 'environment' } });
    });
  }, 120_000);

  test('whose data cannot be read fails with the reason, and knows its last run the next time', async () => {
    await addSchedule();
    const broken = async (): Promise<never> => {
      throw ApplicationFailure.nonRetryable('train.csv, row 3: score is not a number', 'data');
    };
    await withWorkers({ probeTrainer: withData('data-1') }, async () => ended((await fire()).run!));
    await withWorkers({ probeTrainer: broken }, async () =>
      expect(await fire()).toMatchObject({ outcome: 'failed', why: 'train.csv, row 3: score is not a number' }),
    );
    await withWorkers({ probeTrainer: withData('data-1') }, async () =>
      expect(await fire()).toMatchObject({ outcome: 'skipped' }),
    );
    const known = await knownSchedule(server, name, 10);
    expect(known).toMatchObject({ cron: '0 2 1 1 *', timezone: 'UTC', paused: false, always: false });
    expect(known.executions.map(({ outcome }) => outcome)).toEqual(['skipped', 'failed', 'began']);
    expect(listLines([known]).join('\n')).toContain('skipped: the data are the same');
    expect(scheduleLines(known).join('\n')).toContain('failed: train.csv, row 3: score is not a number');
  }, 120_000);

  test('with --always begins a run for the same data', async () => {
    await addSchedule({ always: true });
    await withWorkers({ probeTrainer: withData('data-1') }, async () => {
      const { run } = await fire();
      await ended(run!);
      const again = await fire();
      expect(again).toMatchObject({ outcome: 'began', why: expect.stringContaining('--always') });
      await ended(again.run!);
    });
  }, 120_000);

  test('is found by its name, with the nearest one where there is none', async () => {
    await addSchedule();
    // Lists lag a moment behind.
    for (let tries = 0; tries < 100 && !(await scheduleNames(server)).includes(name); tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 100));
    await expect(knownSchedule(server, `${name}x`, 1)).rejects.toThrow(`did you mean ${name}?`);
    expect(await scheduleExists(server, handleOf(server, name).scheduleId)).toBe(true);
    expect(await scheduleExists(server, scheduleIdOf('nobody'))).toBe(false);
  }, 60_000);
});
