/** What a worker tells Prometheus, after a whole run on a real server. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Runtime, Worker } from '@temporalio/worker';
import { queuesWith } from '../../src/domain/queues.ts';
import { freePort } from '../faults/processes.ts';
import { metricsFrom } from '../../src/worker/metrics.ts';
import { interceptors } from '../../src/worker/workers.ts';
import { WORKFLOW_TYPE } from '../../src/workflows/messages.ts';
import type { tuningRun } from '../../src/workflows/tuningRun.ts';
import { config, result } from '../domain/runs.ts';
import { activities, byQueue, currentBundle, developmentServer } from './stage.ts';

let env: TestWorkflowEnvironment;
let address: string;
beforeAll(async () => {
  address = `127.0.0.1:${await freePort()}`;
  Runtime.install(metricsFrom({ TUNING_METRICS_ADDRESS: address }));
  env = await developmentServer();
});
afterAll(() => env?.teardown());

const figure = (text: string, name: string): number =>
  text
    .split('\n')
    .filter((line) => line.startsWith(name))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);

test('trials by outcome, seconds and tokens; the SDK tells of its slots', async () => {
  let asked = 0;
  const { ofTuning, ofTraining } = byQueue(
    activities({
      trainTrial: async ({ config: { LEARNING_RATE } }) => {
        asked += 1;
        if (asked === 2) throw ApplicationFailure.nonRetryable('loss is not a number', 'nan');
        return { ...result(LEARNING_RATE * 1000), trainSeconds: 3 };
      },
    }),
  );
  const QUEUES = queuesWith('');
  const options = { connection: env.nativeConnection, interceptors };
  const workers = await Promise.all([
    Worker.create({
      ...options,
      workflowBundle: await currentBundle(),
      taskQueue: QUEUES.tuning,
      activities: ofTuning,
    }),
    ...[QUEUES.checks, QUEUES.training].map((taskQueue) =>
      Worker.create({ ...options, taskQueue, activities: ofTraining }),
    ),
  ]);
  const serving = workers.map((worker) => worker.run());
  try {
    await env.client.workflow.execute<typeof tuningRun>(WORKFLOW_TYPE, {
      taskQueue: QUEUES.tuning,
      workflowId: 'tuning-metrics',
      args: [
        {
          run: 'metrics',
          config: config('INTERACTIVE_MODE=false', 'NOISE_SEEDS=0', 'CONFIRM_SEEDS=0', 'MAX_PRIORITY_PARAMS=1'),
          searchAttributes: false,
        },
      ],
    });
    const text = await (await fetch(`http://${address}/metrics`)).text();
    expect(figure(text, 'tuning_trials_total{')).toBe(asked);
    expect(text).toMatch(/^tuning_trials_total\{.*outcome="nan".*\} 1$/m);
    expect(figure(text, 'tuning_trained_seconds_total')).toBe(3 * (asked - 1));
    expect(figure(text, 'tuning_adviser_tokens_total')).toBeGreaterThan(0);
    expect(text).toMatch(/^temporal_worker_task_slots_available\{/m);
  } finally {
    workers.forEach((worker) => worker.shutdown());
    await Promise.all(serving);
  }
}, 120_000);

test.each(['9464', 'localhost:', '127.0.0.1:99999', 'a b:1'])('%j is no address', (value) => {
  expect(() => metricsFrom({ TUNING_METRICS_ADDRESS: value })).toThrow(
    `TUNING_METRICS_ADDRESS = ${value} is not possible`,
  );
});

test('without an address nothing is served', () => {
  expect([metricsFrom({}), metricsFrom({ TUNING_METRICS_ADDRESS: '' })]).toEqual([{}, {}]);
});
