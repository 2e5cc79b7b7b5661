/** What `status` says of workers, from a real server: also of one that is too busy to ask for work. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Connection } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { queueLine, queueWorkers } from '../../src/client/queueWorkers.ts';
import type { Workers } from '../../src/client/queueWorkers.ts';
import { queuesWith } from '../../src/domain/queues.ts';
import { developmentServer } from './stage.ts';

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR'), workerHeartbeatInterval: '1 s' });
  env = await developmentServer();
});
afterAll(() => env?.teardown());

async function seen(wanted: (workers: Workers) => boolean): Promise<Workers> {
  let last: Workers | null = null;
  for (let tries = 0; tries < 100; tries += 1) {
    last = await queueWorkers(env.connection as Connection, 'default', { ...queuesWith(''), tuning: 'nobody' });
    if (wanted(last)) return last;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  throw new Error(`never so: ${JSON.stringify(last)}`);
}

test('a worker whose only slot is taken is there; one that left is not', async () => {
  let end!: () => void;
  const until = new Promise<void>((resolve) => (end = resolve));
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue: 'training',
    maxConcurrentActivityTaskExecutions: 1,
    activities: { train: () => until },
  });
  await worker.runUntil(async () => {
    await seen(({ queues: [, training] }) => training!.workers === 1 && training!.busy === 0);
    const handle = await env.client.activity.start('train', {
      id: 'train-1',
      taskQueue: 'training',
      args: [],
      startToCloseTimeout: '1 minute',
    });
    const { queues } = await seen(({ queues: [, training] }) => training!.busy === 1);
    expect(queues.map(queueLine)).toEqual([
      '✗ queue nobody     0 workers',
      '✓ queue training   1 worker, 1 of 1 slots in use',
    ]);
    const later = await env.client.activity.start('train', {
      id: 'train-2',
      taskQueue: 'training',
      args: [],
      startToCloseTimeout: '1 minute',
    });
    const { queues: now } = await seen(({ queues: [, training] }) => training!.waiting === 1);
    expect(queueLine(now[1]!)).toBe('✓ queue training   1 worker, 1 of 1 slots in use, 1 waiting');
    end();
    await Promise.all([handle.result(), later.result()]);
  });
  await seen(({ queues: [, training] }) => training!.workers === 0);
});

test('a worker whose trainer does not start says why', async () => {
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue: queuesWith('').broken,
    identity: '7@gpu-3: no module named torch',
    activities: { nothing: async () => {} },
  });
  await worker.runUntil(async () => {
    const { broken } = await seen((workers) => workers.broken.length === 1);
    expect(broken).toEqual(['7@gpu-3: no module named torch']);
  });
});

test('a server that knows pollers alone is told of as such', () => {
  expect(queueLine({ queue: 'training', workers: 0, busy: null, slots: null, waiting: null })).toBe(
    '✗ queue training   0 workers that wait for work (this server does not tell of busy ones)',
  );
});
