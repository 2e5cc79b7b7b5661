/** People's decisions on a real server: what they end, what the Web UI shows, what is refused. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { CancelledFailure, Context } from '@temporalio/activity';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { WorkflowBundle } from '@temporalio/worker';
import type { AdviserActivities, TrainingActivities } from '../../src/domain/contract.ts';
import {
  SEARCH_ATTRIBUTES,
  continueSignal,
  decideUpdate,
  stopSignal,
  stateQuery,
} from '../../src/workflows/messages.ts';
import { result } from '../domain/runs.ts';
import { currentBundle, developmentServer, gateOf, withRun } from './stage.ts';
import type { Handle } from './stage.ts';

let env: TestWorkflowEnvironment;
let workflowBundle: WorkflowBundle;
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  [env, workflowBundle] = await Promise.all([
    developmentServer({ searchAttributes: Object.values(SEARCH_ATTRIBUTES) }),
    currentBundle(),
  ]);
});
afterAll(() => env?.teardown());

/** Trainings that last until they are cancelled, from the n-th on; each tells when it begins. */
function endlessFrom(first: number, change: Partial<AdviserActivities & TrainingActivities> = {}) {
  let trainings = 0;
  let begun!: () => void;
  const underWay = new Promise<void>((resolve) => (begun = resolve));
  const trainTrial = async () => {
    trainings += 1;
    if (trainings < first) return result(trainings / 10);
    begun();
    const beating = setInterval(() => Context.current().heartbeat({ trainSeconds: 4 }), 200);
    return Context.current()
      .cancelled.catch((error: Error) => {
        throw new CancelledFailure(error.message, [{ train_seconds: 5 }]);
      })
      .finally(() => clearInterval(beating));
  };
  return { underWay, activities: { trainTrial, ...change } };
}

async function shown(handle: Handle): Promise<{ status: unknown; round: unknown; details: string }> {
  const { typedSearchAttributes } = await handle.describe();
  const { currentDetails } = (await handle.query('__temporal_workflow_metadata')) as { currentDetails: string };
  return {
    status: typedSearchAttributes.get(SEARCH_ATTRIBUTES.status),
    round: typedSearchAttributes.get(SEARCH_ATTRIBUTES.round),
    details: currentDetails,
  };
}

describe('stop now', () => {
  test('ends the training in hand, counts its seconds, confirms and publishes the best so far; the history replays', async () => {
    const { underWay, activities } = endlessFrom(3);
    await withRun(
      env,
      workflowBundle,
      ['INTERACTIVE_MODE=false', 'ROUNDS_PER_PARAM=3'],
      async (handle) => {
        await underWay;
        await handle.executeUpdate(decideUpdate, { args: [{ decision: 'stop-now', id: 'now' }] });
        const progress = await handle.result();
        expect(progress).toMatchObject({
          status: 'stopped',
          endedEarly: 'a person stopped the run at once',
          trials: { trained: 2, failed: 0 },
          best: { score: 0.2 },
          bestModel: 'models/x/best_overall_model',
          confirmation: { best: 0.5 },
          report: 'docs/reports/r.md',
        });
        // Two trainings of 8 s, 5 s of the one that was ended, the mini-training of 3 s, 1 s each for the untouched model and
        // held-out scoring.
        expect(progress.usage.trainSeconds).toBe(26);
        await Worker.runReplayHistory({ workflowBundle }, await handle.fetchHistory(), handle.workflowId);
      },
      activities,
    );
  });

  test('does not hide a cancellation of the run', async () => {
    const { underWay, activities } = endlessFrom(2);
    await withRun(
      env,
      workflowBundle,
      ['INTERACTIVE_MODE=false'],
      async (handle) => {
        await underWay;
        await handle.cancel();
        await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
        expect(await handle.query(stateQuery)).toMatchObject({ status: 'cancelled' });
      },
      activities,
    );
  });
});

describe('what the Web UI shows', () => {
  test('is the state after the question was answered and the decision heard, not one round before', async () => {
    const { underWay, activities } = endlessFrom(3);
    await withRun(
      env,
      workflowBundle,
      ['INTERACTIVE_MODE=true', 'ROUNDS_PER_PARAM=3'],
      async (handle) => {
        await gateOf(handle, 'LEARNING_RATE/round-1');
        expect(await shown(handle)).toMatchObject({
          status: 'waiting',
          details: expect.stringContaining('Waits for a person'),
        });
        await handle.signal(continueSignal);
        await underWay;
        const training = await shown(handle);
        expect(training).toMatchObject({ status: 'tuning', round: 2 });
        expect(training.details).toContain('round 2 of 3');
        expect(training.details).not.toContain('Waits');
        await handle.executeUpdate(decideUpdate, { args: [{ decision: 'pause', id: 'pause' }] });
        expect((await shown(handle)).status).toBe('paused');
        await handle.signal(stopSignal, { scope: 'now' });
        expect((await handle.result()).status).toBe('stopped');
      },
      activities,
      { searchAttributes: true },
    );
  });
});

describe('a stop that cannot be read', () => {
  test('is refused, says what is allowed, and stops nothing', async () => {
    await withRun(env, workflowBundle, ['INTERACTIVE_MODE=true', 'ROUNDS_PER_PARAM=2'], async (handle) => {
      await gateOf(handle, 'LEARNING_RATE/round-1');
      for (const payload of ['everything', { skope: 'round' }, 3]) await handle.signal('stop', payload);
      await handle.signal('stop', 'round');
      await gateOf(handle, 'LEARNING_RATE/end');
      const { decisions } = await handle.query(stateQuery);
      expect(decisions.map(({ outcome }) => outcome)).toEqual([
        ...Array(3).fill(expect.stringMatching(/^refused: allowed: no payload \(the run\), or \{"scope": "round" \|/)),
        expect.stringMatching(/^applied: stops \(round of LEARNING_RATE\)/),
      ]);
      await handle.signal('stop');
      expect((await handle.result()).status).toBe('stopped');
    });
  });
});
