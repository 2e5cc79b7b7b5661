/** Versions of a team's workers: what the environment names, and a rolling upgrade with the commands of the manual. */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { WorkflowBundle } from '@temporalio/worker';
import { execa } from 'execa';
import { versionOf } from '../../src/local/version.ts';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';
import { deploymentFrom } from '../../src/worker/deployment.ts';
import { queuesWith } from '../../src/domain/queues.ts';
import { WORKFLOW_TYPE, continueSignal, progressQuery, stopSignal } from '../../src/workflows/messages.ts';
import type { tuningRun } from '../../src/workflows/tuningRun.ts';
import { config } from '../domain/runs.ts';
import { activities, byQueue, currentBundle, developmentServer, gateOf } from '../temporal/stage.ts';

const QUEUES = queuesWith('');

describe('the environment', () => {
  test('without a deployment makes workers without a version', async () => {
    expect(await deploymentFrom({ TUNING_DEPLOYMENT: '', TUNING_BUILD_ID: '' })).toBeNull();
  });

  test('names the deployment; the build is the digest of the sources unless it is named', async () => {
    expect(await deploymentFrom({ TUNING_DEPLOYMENT: 'tuning' })).toEqual({
      version: { deploymentName: 'tuning', buildId: (await versionOf()).digest },
      useWorkerVersioning: true,
      defaultVersioningBehavior: 'AUTO_UPGRADE',
    });
    expect(
      await deploymentFrom({ TUNING_DEPLOYMENT: 'tuning', TUNING_BUILD_ID: 'v1.2', TUNING_VERSIONING: 'pinned' }),
    ).toMatchObject({ version: { buildId: 'v1.2' }, defaultVersioningBehavior: 'PINNED' });
  });

  test.each<[Record<string, string>, RegExp]>([
    [{ TUNING_BUILD_ID: 'v1' }, /TUNING_BUILD_ID needs TUNING_DEPLOYMENT/],
    [{ TUNING_DEPLOYMENT: 'a.b' }, /TUNING_DEPLOYMENT = a\.b is not possible; allowed: 1 to 100 letters/],
    [{ TUNING_DEPLOYMENT: 'a', TUNING_BUILD_ID: 'a b' }, /TUNING_BUILD_ID = a b is not possible/],
    [{ TUNING_DEPLOYMENT: 'a', TUNING_VERSIONING: 'constructor' }, /allowed: auto-upgrade, pinned/],
  ])('%j is refused', async (environment, message) => {
    await expect(deploymentFrom(environment)).rejects.toThrow(message);
  });
});

describe('a rolling upgrade', () => {
  let server: TestWorkflowEnvironment;
  let workflowBundle: WorkflowBundle;
  beforeAll(async () => {
    Runtime.install({ logger: new DefaultLogger('ERROR') });
    [server, workflowBundle] = await Promise.all([developmentServer(), currentBundle()]);
  });
  afterAll(() => server?.teardown());

  const temporal = (...args: string[]) =>
    execa(path.join(PROJECT_ROOT, '.venv', 'bin', 'temporal'), [...args, '--address', server.address]);
  /** The server learns of a version when its workers first ask for work. */
  async function makeCurrent(build: string): Promise<void> {
    const command = ['worker', 'deployment', 'set-current-version', '--deployment-name', 'tuning', '--build-id', build];
    for (let tries = 0; ; tries += 1) {
      const done = await temporal(...command, '--yes').catch((error: unknown) => error);
      if (!(done instanceof Error)) return;
      if (tries > 40) throw done;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
  async function workersOf(build: string): Promise<{ stop: () => Promise<unknown> }> {
    const { ofTuning, ofTraining } = byQueue(activities());
    const deployment = await deploymentFrom({ TUNING_DEPLOYMENT: 'tuning', TUNING_BUILD_ID: build });
    const options = { connection: server.nativeConnection, workerDeploymentOptions: deployment! };
    const workers = await Promise.all([
      Worker.create({ ...options, workflowBundle, taskQueue: QUEUES.tuning, activities: ofTuning }),
      Worker.create({ ...options, taskQueue: QUEUES.training, activities: ofTraining }),
      Worker.create({ ...options, taskQueue: QUEUES.checks, activities: ofTraining }),
    ]);
    const running = workers.map((worker) => worker.run());
    return {
      stop: () => {
        workers.forEach((worker) => worker.shutdown());
        return Promise.all(running);
      },
    };
  }

  const SHORT = ['INTERACTIVE_MODE=true', 'MAX_PRIORITY_PARAMS=1', 'NOISE_SEEDS=0', 'CONFIRM_SEEDS=0'];

  test('takes over a run that waits at a question', async () => {
    const first = await workersOf('v1');
    await makeCurrent('v1');
    const handle = await server.client.workflow.start<typeof tuningRun>(WORKFLOW_TYPE, {
      taskQueue: QUEUES.tuning,
      workflowId: 'tuning-rolled',
      args: [{ run: 'rolled', config: config(...SHORT), searchAttributes: false }],
    });
    await gateOf(handle, 'LEARNING_RATE/round-1');
    const second = await workersOf('v2');
    await makeCurrent('v2');
    await first.stop();
    await handle.signal(continueSignal);
    await gateOf(handle, 'LEARNING_RATE/round-2');
    expect((await handle.query(progressQuery)).trials).toMatchObject({ trained: 3, failed: 0 });
    await handle.signal(stopSignal, { scope: 'run' });
    expect(await handle.result()).toMatchObject({ status: 'stopped' });
    const { raw } = await handle.describe();
    expect(raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId).toBe('v2');
    await second.stop();
  });
});
