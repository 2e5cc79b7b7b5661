/** A run that is started by hand with what cannot be used fails at once, with the reason; nothing is tried fifty times. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { WorkflowFailedError } from '@temporalio/client';
import type { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { WorkflowBundle } from '@temporalio/worker';
import { endOf, exitCodeOf } from '../../src/client/outcome.ts';
import { queuesWith } from '../../src/domain/queues.ts';
import { WORKFLOW_TYPE } from '../../src/workflows/messages.ts';
import type { tuningRun } from '../../src/workflows/tuningRun.ts';
import { config } from '../domain/runs.ts';
import { currentBundle, developmentServer, withRun } from './stage.ts';

const QUEUES = queuesWith('');

let server: TestWorkflowEnvironment;
let workflowBundle: WorkflowBundle;
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  [server, workflowBundle] = await Promise.all([developmentServer(), currentBundle()]);
});
afterAll(() => server?.teardown());

describe('a start by hand', () => {
  test.each<[string, unknown, RegExp]>([
    ['without any input', undefined, /the input = undefined must be an object/],
    [
      'with a run name that no folder takes',
      { run: 'r'.repeat(65), config: config() },
      /run = "r+" is not possible: allowed: 1 to 64/,
    ],
    [
      'with a value that cannot be trained',
      { run: 'hand', config: { ...config(), DEFAULT_CONFIG: { ...config().DEFAULT_CONFIG, LEARNING_RATE: 7 } } },
      /DEFAULT_CONFIG.LEARNING_RATE = 7 is not possible; allowed: a number above 0 to 1/,
    ],
    [
      'with a state that it does not continue',
      { run: 'hand', config: config(), state: { phase: 'reporting' } },
      /state\.run is not possible: .*; allowed: as `fork` makes it/,
    ],
  ])('%s fails at once', async (_name, input, message) => {
    const worker = await Worker.create({
      connection: server.nativeConnection,
      workflowBundle,
      taskQueue: QUEUES.tuning,
    });
    const handle = await server.client.workflow.start<typeof tuningRun>(WORKFLOW_TYPE, {
      taskQueue: QUEUES.tuning,
      workflowId: `tuning-hand-${Date.now()}`,
      args: (input === undefined ? [] : [input]) as never,
      workflowExecutionTimeout: '20 s',
    });
    await worker.runUntil(async () => {
      const error = await handle.result().catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(WorkflowFailedError);
      expect((error as WorkflowFailedError).cause).toMatchObject({ type: 'bad_config', nonRetryable: true });
      expect(((error as WorkflowFailedError).cause as ApplicationFailure).message).toMatch(message);
      const ended = await endOf(handle);
      expect([ended.error, exitCodeOf(ended)]).toEqual([expect.stringMatching(message), 2]);
    });
  });

  test('with an address of a server, which needs URLs in the sandbox, runs', async () => {
    const set = ['INTERACTIVE_MODE=false', 'ROUNDS_PER_PARAM=1', 'GPT_BASE_URL=http://127.0.0.1:1/v1'];
    await withRun(server, workflowBundle, set, async (handle) => {
      expect(await handle.result()).toMatchObject({ status: 'completed' });
    });
  });
});
