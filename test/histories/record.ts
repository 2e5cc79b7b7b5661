/**
 * Records one history of each shape for the release in package.json: `node test/histories/record.ts`.
 *
 * Run once for each release, before the workflow is changed again; what it wrote is never written anew. The replay test
 * proves that runs which were begun by any release can be carried on by the present code.
 */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';
import {
  continueSignal,
  decideUpdate,
  overrideSignal,
  progressQuery,
  resumeSignal,
  stopSignal,
} from '../../src/workflows/messages.ts';
import { result } from '../domain/runs.ts';
import { activities, currentBundle, developmentServer, gateOf, withRun } from '../temporal/stage.ts';
import type { Handle } from '../temporal/stage.ts';

type Changes = Parameters<typeof withRun>[4];
interface Shape {
  set: string[];
  play: (handle: Handle) => Promise<unknown>;
  change?: () => Changes;
}

const AUTO = ['INTERACTIVE_MODE=false', 'ROUNDS_PER_PARAM=1'];
const ASKING = ['INTERACTIVE_MODE=true', 'ROUNDS_PER_PARAM=2'];
const toTheEnd = (handle: Handle) => handle.result();

const SHAPES: Record<string, Shape> = {
  // Every run of two parameters continues as new between them, so these are two histories each.
  'happy-continued-as-new': { set: AUTO, play: toTheEnd },
  'at-a-gate': { set: ASKING, play: (handle) => gateOf(handle, 'LEARNING_RATE/round-1') },
  stopped: {
    set: ASKING,
    play: async (handle) => {
      await gateOf(handle, 'LEARNING_RATE/round-1');
      await handle.signal(stopSignal);
      await handle.result();
    },
  },
  overridden: {
    set: ASKING,
    play: async (handle) => {
      await gateOf(handle, 'LEARNING_RATE/round-1');
      await handle.signal(overrideSignal, { key: 'LEARNING_RATE', value: 3e-5 });
      await gateOf(handle, 'LEARNING_RATE/end');
      await handle.signal(continueSignal);
      await gateOf(handle, 'NUM_TRAIN_EPOCHS/round-1');
      await handle.executeUpdate(decideUpdate, {
        args: [{ decision: 'set', key: 'NUM_TRAIN_EPOCHS', value: 4, id: 'one' }],
      });
      await handle.result();
    },
  },
  'failed-trials': {
    set: AUTO,
    play: toTheEnd,
    change: () => {
      let trained = 0;
      return {
        trainTrial: async () => {
          trained += 1;
          if (trained === 2)
            throw ApplicationFailure.create({
              type: 'oom',
              message: 'out of memory',
              nonRetryable: true,
              details: [{ train_seconds: 3 }],
            });
          if (trained === 4)
            throw ApplicationFailure.create({
              type: 'nan',
              message: 'the loss is not finite',
              nonRetryable: true,
              details: [{ step: 3, train_seconds: 2 }],
            });
          return result(0.5 + trained / 100);
        },
      };
    },
  },
  'crashed-and-retried': {
    set: AUTO,
    play: toTheEnd,
    change: () => {
      let trained = 0;
      let asked = 0;
      return {
        trainTrial: async () => {
          trained += 1;
          // A worker that died answers no more: the server finds out by the missing heartbeat. This one answers when
          // its worker leaves.
          if (trained === 2) return Context.current().cancelled;
          return result(0.5 + trained / 100);
        },
        advisePlan: async () => {
          asked += 1;
          if (asked < 3)
            throw ApplicationFailure.create({
              type: 'adviser_unavailable',
              message: "the adviser's server cannot be reached",
            });
          throw ApplicationFailure.create({ type: 'adviser_auth', message: 'the key was refused', nonRetryable: true });
        },
      };
    },
  },
  'adviser-gone-and-refused': {
    set: AUTO,
    play: toTheEnd,
    change: () => ({
      adviseValue: async () => ({
        value: null,
        problem: 'the reply is empty',
        raw: '',
        model: 'gpt-test',
        usage: { promptTokens: 1, completionTokens: 1 },
      }),
    }),
  },
  // Since 0.3.0.
  'stopped-at-once': {
    set: AUTO,
    play: async (handle) => {
      await untilTraining(handle);
      await handle.executeUpdate(decideUpdate, { args: [{ decision: 'stop-now', id: 'now' }] });
      await handle.result();
    },
    change: endlessSecondTraining,
  },
  'paused-for-adviser': {
    set: [...AUTO, 'ON_ADVISER_FAILURE=pause'],
    play: async (handle) => {
      while (!(await handle.query(progressQuery)).paused) await new Promise((resolve) => setTimeout(resolve, 50));
      await handle.signal(resumeSignal);
      await handle.result();
    },
    change: () => {
      let asked = 0;
      return {
        advisePlan: async (consultation) => {
          asked += 1;
          if (asked === 1)
            throw ApplicationFailure.create({
              type: 'adviser_auth',
              message: 'the key was refused',
              nonRetryable: true,
            });
          return activities().advisePlan(consultation);
        },
      };
    },
  },
  'cancelled-in-training': {
    set: AUTO,
    play: async (handle) => {
      await untilTraining(handle);
      await handle.cancel();
      await handle.result().catch(() => {});
    },
    change: endlessSecondTraining,
  },
};

/** What a training does that a person ends: it tells what it cost. */
async function untilCancelled(): Promise<never> {
  const context = Context.current();
  const beating = setInterval(() => context.heartbeat({ trainSeconds: 3 }), 200);
  try {
    return await context.cancelled;
  } catch (error) {
    throw new CancelledFailure((error as Error).message, [{ train_seconds: 3 }]);
  } finally {
    clearInterval(beating);
  }
}

/** Default trained, then a training that lasts until a person ends it. */
function endlessSecondTraining(): Changes {
  let trained = 0;
  return {
    trainTrial: async () => {
      trained += 1;
      return trained === 2 ? untilCancelled() : result(0.5);
    },
  };
}

/** Until a training tells of itself. */
async function untilTraining(handle: Handle): Promise<void> {
  for (;;) {
    const { raw } = await handle.describe();
    const pending = raw.pendingActivities?.find(({ activityType }) => activityType?.name === 'trainTrial');
    if (pending?.heartbeatDetails) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function chainOf(env: TestWorkflowEnvironment, handle: Handle): Promise<unknown[]> {
  const histories: unknown[] = [];
  for (let runId: string | undefined = handle.firstExecutionRunId; runId;) {
    const history = await env.client.workflow.getHandle(handle.workflowId, runId).fetchHistory();
    // Stack traces name paths of the machine, and play no part in a replay.
    histories.push(JSON.parse(historyToJSON(history), (name, value) => (name === 'stackTrace' ? '' : value)));
    runId = history.events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? undefined;
  }
  return histories;
}

Runtime.install({ logger: new DefaultLogger('ERROR') });
const { version } = JSON.parse(readFileSync(path.join(PROJECT_ROOT, 'package.json'), 'utf8')) as { version: string };
const folder = path.join(PROJECT_ROOT, 'test', 'histories', version);
const env = await developmentServer();
try {
  const bundle = await currentBundle();
  await mkdir(folder, { recursive: true });
  for (const [shape, { set, play, change }] of Object.entries(SHAPES)) {
    if (existsSync(path.join(folder, `${shape}-1.json`))) continue;
    const histories = await withRun(
      env,
      bundle,
      set,
      async (handle) => {
        await play(handle);
        const chain = await chainOf(env, handle);
        if (shape === 'at-a-gate') await handle.terminate();
        return chain;
      },
      change?.(),
    );
    for (const [index, history] of histories.entries())
      await writeFile(path.join(folder, `${shape}-${index + 1}.json`), `${JSON.stringify(history)}\n`);
    process.stdout.write(`${shape}: ${histories.length} histories\n`);
  }
} finally {
  await env.teardown();
}
