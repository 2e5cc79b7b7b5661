/** Runs that share one slot, on a real server: priority, turns, and what a waiting run is told. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import type { WorkflowBundle } from '@temporalio/worker';
import { whileHeartbeating } from '../../src/activities/heartbeating.ts';
import { trainingsBefore, waitingTraining } from '../../src/runs/waitingTrainings.ts';
import { SHARES } from '../../src/local/temporalServer.ts';
import { queuesWith } from '../../src/domain/queues.ts';
import { WORKFLOW_TYPE } from '../../src/workflows/messages.ts';
import type { tuningRun } from '../../src/workflows/tuningRun.ts';
import { config, result } from '../domain/runs.ts';
import { eventually } from '../faults/processes.ts';
import { activities, byQueue, currentBundle, developmentServer } from './stage.ts';

let env: TestWorkflowEnvironment;
let workflowBundle: WorkflowBundle;
beforeAll(async () => {
  env = await developmentServer({ extraArgs: SHARES });
  workflowBundle = await currentBundle();
});
afterAll(() => env?.teardown());

const QUEUES = queuesWith('team-a');
const start = (run: string, ...set: string[]) =>
  env.client.workflow.start<typeof tuningRun>(WORKFLOW_TYPE, {
    taskQueue: QUEUES.tuning,
    workflowId: `tuning-${run}`,
    args: [
      {
        run,
        config: config('INTERACTIVE_MODE=false', 'NOISE_SEEDS=0', 'CONFIRM_SEEDS=0', 'MAX_PRIORITY_PARAMS=1', ...set),
        searchAttributes: false,
      },
    ],
  });

test('on queues of a name of their own: an urgent run goes first, and a waiting one is told how many are before it', async () => {
  const order: string[] = [];
  let release!: () => void;
  const held = new Promise<void>((resolve) => (release = resolve));
  const { ofTuning, ofTraining } = byQueue(
    activities({
      trainTrial: async ({ run, config: { LEARNING_RATE } }) => {
        order.push(run);
        if (order.length === 1) await whileHeartbeating(() => held);
        return result(LEARNING_RATE * 1000);
      },
    }),
  );
  const options = { connection: env.nativeConnection };
  const workers = await Promise.all([
    Worker.create({ ...options, workflowBundle, taskQueue: QUEUES.tuning, activities: ofTuning }),
    Worker.create({ ...options, taskQueue: QUEUES.checks, activities: ofTraining }),
    Worker.create({
      ...options,
      taskQueue: QUEUES.training,
      activities: ofTraining,
      maxConcurrentActivityTaskExecutions: 1,
    }),
  ]);
  const serving = workers.map((worker) => worker.run());
  try {
    const waits = async (handle: Awaited<ReturnType<typeof start>>) =>
      eventually(async () => waitingTraining(await handle.describe()), `${handle.workflowId} waiting`);
    const first = await start('first');
    await eventually(() => order.length === 1, 'the first training');
    const second = await start('second');
    await waits(second);
    const late = await start('late', 'PRIORITY=5');
    await waits(late);
    const later = await Promise.all(['later', 'latest'].map((run) => start(run, 'PRIORITY=5')));
    await Promise.all(later.map(waits));
    const urgent = await start('urgent', 'PRIORITY=1');
    await waits(urgent);
    const before = async (handle: typeof first) =>
      (await trainingsBefore(env.client.workflow, waitingTraining(await handle.describe())!, handle.workflowId))
        .trainings;
    expect([await before(urgent), await before(second), await before(late)]).toEqual([0, 1, 2]);
    expect(waitingTraining(await first.describe())).toBeNull();
    release();
    await Promise.all([first, second, late, ...later, urgent].map((handle) => handle.result()));
    // First come, first served would take all the late ones first. The server orders nearly, not strictly: now and then
    // a run that waited much longer is handed out before the urgent one, so one of the late ones may be.
    const lateOnes = ['late', 'later', 'latest'].map((run) => order.indexOf(run));
    expect(order.indexOf('urgent')).toBeLessThan(Math.max(...lateOnes));
  } finally {
    release();
    workers.forEach((worker) => worker.shutdown());
    await Promise.all(serving);
  }
}, 120_000);
