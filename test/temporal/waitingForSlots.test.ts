/** Which trainings of a batch have a slot and which wait for one, as a client sees it, on a real server. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import pLimit from 'p-limit';
import { inSlot } from '../../src/activities/inSlot.ts';
import { whileHeartbeating } from '../../src/activities/heartbeating.ts';
import { trainingsOf } from '../../src/runs/trainingPointers.ts';
import { queuesWith } from '../../src/domain/queues.ts';
import type { TrainRequest } from '../../src/domain/contract.ts';
import { WORKFLOW_TYPE, progressQuery } from '../../src/workflows/messages.ts';
import type { tuningRun } from '../../src/workflows/tuningRun.ts';
import { config, result } from '../domain/runs.ts';
import { eventually } from '../faults/processes.ts';
import { activities, byQueue, currentBundle, developmentServer } from './stage.ts';

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await developmentServer();
});
afterAll(() => env?.teardown());

test('one trains, one waits in the worker, one on the queue; what has ended before the others is told', async () => {
  const queues = queuesWith('slots');
  const ends = new Map<number, () => void>();
  let over = false;
  const ofRun = ({ trial, number }: TrainRequest) => ({ dir: trial, number });
  const train = async (request: TrainRequest) => {
    const end = new Promise<void>((resolve) => ends.set(request.number!, resolve));
    // Later trainings, which nobody looks at, end at once.
    if (request.number! <= 3 && !over)
      await whileHeartbeating(() => end, { ...ofRun(request), phase: 'train', step: 1, trainSeconds: 1 });
    return result(0.5);
  };
  const { ofTuning, ofTraining } = byQueue(activities({ trainTrial: inSlot(pLimit(1), train, ofRun) }));
  const options = { connection: env.nativeConnection, defaultHeartbeatThrottleInterval: '1 s' as const };
  const workers = await Promise.all([
    Worker.create({
      ...options,
      workflowBundle: await currentBundle(),
      taskQueue: queues.tuning,
      activities: ofTuning,
    }),
    Worker.create({ ...options, taskQueue: queues.checks, activities: ofTraining }),
    Worker.create({
      ...options,
      taskQueue: queues.training,
      activities: ofTraining,
      maxHeartbeatThrottleInterval: '1 s',
      maxConcurrentActivityTaskExecutions: 2,
    }),
  ]);
  const serving = workers.map((worker) => worker.run());
  try {
    const set = ['INTERACTIVE_MODE=false', 'NOISE_SEEDS=2', 'TRAINING_SLOTS=3', 'CONFIRM_SEEDS=0'];
    const handle = await env.client.workflow.start<typeof tuningRun>(WORKFLOW_TYPE, {
      taskQueue: queues.tuning,
      workflowId: 'tuning-slots',
      args: [{ run: 'slots', config: config(...set, 'MAX_PRIORITY_PARAMS=1'), searchAttributes: false }],
    });
    const seen = async () => {
      const { inHand = [] } = await handle.query(progressQuery);
      const { running, waiting } = await trainingsOf(env.client.workflow, await handle.describe(), inHand);
      const ended = inHand.filter((one) => one.ended).map(({ number }) => number);
      return { running: running.map(({ number }) => number!), waiting, ended };
    };
    /** Once one trains and so many have ended, and the others have waited for longer than a worker takes that has room. */
    const after = (count: number) =>
      eventually(async () => {
        const now = await seen();
        const all = now.running.length === 1 && now.ended.length === count && now.waiting.length === 2 - count;
        return all ? now : null;
      }, `one that trains after ${count}`);
    // Which of them begins, the server decides.
    const begun: number[] = [];
    for (const count of [0, 1, 2]) {
      const { running, waiting, ended } = await after(count);
      expect(ended).toEqual(begun.toSorted());
      expect([...running, ...waiting, ...ended].toSorted()).toEqual([1, 2, 3]);
      expect([...ends.keys()].filter((number) => !ended.includes(number))).toEqual(running);
      begun.push(...running);
      ends.get(running[0]!)!();
    }
    await handle.result();
  } finally {
    over = true;
    ends.forEach((end) => end());
    workers.forEach((worker) => worker.shutdown());
    await Promise.all(serving);
  }
}, 120_000);
