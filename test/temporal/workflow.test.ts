/** The workflow on Temporal's time-skipping server, with fake activities: messages, gates, continue-as-new, replay. */
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { WorkflowBundle } from '@temporalio/worker';
import { WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import {
  continueSignal,
  decideUpdate,
  overrideSignal,
  progressQuery,
  stopSignal,
  stateQuery,
} from '../../src/workflows/messages.ts';
import { interceptors } from '../../src/worker/workers.ts';
import { currentBundle, developmentServer, gateOf, timeSkippingServer, withRun } from './stage.ts';

/** Time-skipping for waits of hours; the development server, which speaks every message, for people's decisions. */
let skipping: TestWorkflowEnvironment;
let local: TestWorkflowEnvironment;
let workflowBundle: WorkflowBundle;
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  [skipping, local, workflowBundle] = await Promise.all([timeSkippingServer(), developmentServer(), currentBundle()]);
});
afterAll(() => Promise.all([skipping?.teardown(), local?.teardown()]));

describe('a run on Temporal', () => {
  test('tunes two parameters by itself, continues as new between them, and its histories replay', async () => {
    await withRun(skipping, workflowBundle, ['INTERACTIVE_MODE=false', 'ROUNDS_PER_PARAM=2'], async (handle) => {
      const progress = await handle.result();
      expect(progress).toMatchObject({
        status: 'completed',
        trials: { trained: 5, failed: 0 },
        best: { values: { LEARNING_RATE: 1e-4 } },
        bestModel: 'models/x/best_overall_model',
        report: 'docs/reports/r.md',
      });
      expect((await handle.query(stateQuery)).trials).toHaveLength(5);
      const last = await skipping.client.workflow.getHandle(handle.workflowId).fetchHistory();
      const first = await skipping.client.workflow
        .getHandle(handle.workflowId, handle.firstExecutionRunId)
        .fetchHistory();
      for (const history of [first, last])
        await Worker.runReplayHistory({ workflowBundle }, history, handle.workflowId);
      expect(first.events!.at(-1)!.workflowExecutionContinuedAsNewEventAttributes).toBeTruthy();
    });
  });

  test('a signal, an update and a value each answer a question, and refusals leave no trace', async () => {
    await withRun(local, workflowBundle, ['INTERACTIVE_MODE=true', 'ROUNDS_PER_PARAM=3'], async (handle) => {
      await gateOf(handle, 'LEARNING_RATE/round-1');
      await expect(
        handle.executeUpdate(decideUpdate, { args: [{ decision: 'set', key: 'SEED', value: 1 }] }),
      ).rejects.toBeInstanceOf(WorkflowUpdateFailedError);
      expect((await handle.query(stateQuery)).decisions).toHaveLength(0);
      await handle.signal(overrideSignal, { key: 'LEARNING_RATE', value: 3e-5 });
      await gateOf(handle, 'LEARNING_RATE/round-2');
      const decision = { decision: 'stop-round' as const, id: 'same', by: 'test' };
      await handle.executeUpdate(decideUpdate, { args: [decision] });
      await gateOf(handle, 'LEARNING_RATE/end');
      await handle.executeUpdate(decideUpdate, { args: [decision] });
      expect((await handle.query(progressQuery)).gate?.id).toBe('LEARNING_RATE/end');
      await handle.signal(continueSignal);
      await gateOf(handle, 'NUM_TRAIN_EPOCHS/round-1');
      await handle.signal(stopSignal, {});
      const progress = await handle.result();
      expect(progress).toMatchObject({
        status: 'stopped',
        endedEarly: 'a person stopped the run',
        trials: { trained: 4 },
      });
      const state = await handle.query(stateQuery);
      expect(state.trials.map(({ proposedBy }) => proposedBy)).toEqual(['default', 'adviser', 'person', 'adviser']);
    });
  });

  test('waits days for a person, and a signal then lets it go on', async () => {
    await withRun(skipping, workflowBundle, ['INTERACTIVE_MODE=true', 'ROUNDS_PER_PARAM=2'], async (handle) => {
      await gateOf(handle, 'LEARNING_RATE/round-1');
      await skipping.sleep('3 days');
      await handle.signal(stopSignal);
      expect((await handle.result()).status).toBe('stopped');
      expect((await handle.query(stateQuery)).waitedMs).toBeGreaterThan(3 * 86_400_000 - 60_000);
    });
  });

  test('a signal that cannot be read is recorded as refused and blocks nothing', async () => {
    await withRun(
      local,
      workflowBundle,
      ['INTERACTIVE_MODE=true', 'MAX_PRIORITY_PARAMS=2', 'ROUNDS_PER_PARAM=2'],
      async (handle) => {
        await gateOf(handle, 'LEARNING_RATE/round-1');
        await handle.signal('override', 'nonsense');
        await handle.signal('stop', { scope: 'everything' });
        await handle.signal('stop', { scope: 'run' });
        expect((await handle.result()).status).toBe('stopped');
        expect((await handle.query(stateQuery)).decisions.map(({ outcome }) => outcome.split(':')[0])).toEqual([
          'refused',
          'refused',
          'applied',
        ]);
      },
    );
  });

  test('nobody answers within GATE_TIMEOUT: the run goes on and says so', async () => {
    await withRun(
      skipping,
      workflowBundle,
      ['INTERACTIVE_MODE=true', 'GATE_TIMEOUT=3600', 'ROUNDS_PER_PARAM=1', 'MAX_PRIORITY_PARAMS=2'],
      async (handle) => {
        const progress = await handle.result();
        expect(progress.status).toBe('completed');
        expect(progress.notes.join()).toContain('LEARNING_RATE/end: nobody answered within GATE_TIMEOUT');
      },
    );
  });

  test('a failed training is a typed fact; data that cannot be used fail the run with the reason', async () => {
    const broken = async () => {
      throw ApplicationFailure.create({
        type: 'data',
        message: 'pairs.csv:3: score = 7 is outside its range',
        nonRetryable: true,
      });
    };
    await withRun(
      skipping,
      workflowBundle,
      ['INTERACTIVE_MODE=false'],
      async (handle) => {
        const error = await handle.result().catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(WorkflowFailedError);
        expect(((error as WorkflowFailedError).cause as Error).message).toContain('pairs.csv:3');
        expect(await handle.query(progressQuery)).toMatchObject({ status: 'failed', failureKind: 'data' });
      },
      { probeTrainer: broken },
    );
  });

  test('a cancelled run still publishes its best model, then reports, then leaves its record', async () => {
    const left: [string, string][] = [];
    await withRun(
      skipping,
      workflowBundle,
      ['INTERACTIVE_MODE=true'],
      async (handle) => {
        await gateOf(handle, 'LEARNING_RATE/round-1');
        await handle.cancel();
        await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError);
        expect(left).toEqual([
          ['salvaged', 'cancelled'],
          ['reported', 'cancelled'],
          ['recorded', 'cancelled'],
        ]);
        expect(await handle.query(progressQuery)).toMatchObject({ phase: 'ended', bestModel: 'm' });
      },
      {
        salvageRun: async ({ state }) => {
          left.push(['salvaged', state.status]);
          return { path: 'm' };
        },
        writeReport: async ({ state }) => {
          left.push(['reported', state.status]);
          return { path: 'r' };
        },
        keepRecord: async ({ state }) => {
          left.push(['recorded', state.status]);
        },
      },
    );
  });

  test('a full disk under a training is a typed failure at the first attempt, not at the fiftieth', async () => {
    let attempts = 0;
    await withRun(
      skipping,
      workflowBundle,
      ['INTERACTIVE_MODE=false'],
      async (handle) => {
        await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError);
        expect(await handle.query(progressQuery)).toMatchObject({ status: 'failed', failureKind: 'disk' });
        expect(attempts).toBe(1);
      },
      {
        trainTrial: async () => {
          attempts += 1;
          await writeFile('/dev/full', 'x');
          throw new Error('the disk took it');
        },
      },
      { interceptors },
    );
  });

  test('a model that fails holds the run until a person resumes it, and the history replays', async () => {
    let broken = true;
    await withRun(
      local,
      workflowBundle,
      ['INTERACTIVE_MODE=false', 'MAX_PRIORITY_PARAMS=1', 'ROUNDS_PER_PARAM=1', 'ON_ADVISER_FAILURE=pause'],
      async (handle) => {
        for (let tries = 0; !(await handle.query(progressQuery)).paused; tries += 1) {
          if (tries > 200) throw new Error('the run was never paused');
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        expect((await handle.query(progressQuery)).notes.join()).toContain('no such model');
        broken = false;
        await handle.signal('resume');
        expect(await handle.result()).toMatchObject({ status: 'completed', advised: { byModel: 1 } });
        const history = await local.client.workflow
          .getHandle(handle.workflowId, handle.firstExecutionRunId)
          .fetchHistory();
        await Worker.runReplayHistory({ workflowBundle }, history, handle.workflowId);
      },
      {
        probeAdviser: async () => {
          if (broken)
            throw ApplicationFailure.create({
              type: 'adviser_not_found',
              message: 'no such model',
              nonRetryable: true,
            });
          return { kind: 'openai', model: 'gpt-test', note: 'test' };
        },
      },
    );
  });
});
