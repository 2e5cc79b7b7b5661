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
import { FACTS, result } from '../domain/runs.ts';
import { studyInOrder } from '../workflows/studyInOrder.ts';
import { IDEAS, activities, currentBundle, developmentServer, gateOf, withRun } from '../temporal/stage.ts';
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
    change: () => ({ adviseNext: nothingUsable, adviseValue: nothingUsable }),
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
  // Since 0.4.0.
  'side-by-side-with-noise-and-confirmation': {
    set: ['INTERACTIVE_MODE=false', 'ROUNDS_PER_PARAM=2', 'NOISE_SEEDS=2', 'CONFIRM_SEEDS=2'],
    play: toTheEnd,
    change: () => ({ probeTrainer: async () => ({ ...FACTS, slots: 2 }) }),
  },
  'adaptive-with-an-opening': {
    set: [...AUTO, 'ROUNDS_PER_PARAM=4', 'SEARCH=adaptive', 'OPENING_SHARE=0.5', 'ADVISER=local'],
    play: toTheEnd,
    change: () => ({ probeAdviser: async () => ({ kind: 'local', model: 'search', note: 'test' }) }),
  },
  free: { set: [...AUTO, 'ROUNDS_PER_PARAM=3', 'SEARCH=free'], play: toTheEnd },
  'challenged-and-pruned': {
    set: ['INTERACTIVE_MODE=false', 'ROUNDS_PER_PARAM=2', 'NOISE_SEEDS=1'],
    play: toTheEnd,
    change: () => {
      let trained = 0;
      return {
        // Every round is a little better, which noise explains: it is repeated before it replaces the best.
        studySearch: async ({ study }) =>
          studyInOrder(study, { noise: { atDefault: 0.05, atBase: 0.05, repeats: 1 } }, IDEAS),
        trainTrial: async ({ config: { LEARNING_RATE } }) => {
          trained += 1;
          if (trained === 5)
            throw ApplicationFailure.create({
              type: 'pruned',
              message: 'ended at look 2 of 4',
              nonRetryable: true,
              details: [{ step: 12, score: 0.4, train_seconds: 3 }],
            });
          return result(0.5 + LEARNING_RATE);
        },
      };
    },
  },
  'steered-by-a-person': {
    set: ['INTERACTIVE_MODE=true', 'ROUNDS_PER_PARAM=2'],
    play: async (handle) => {
      await gateOf(handle, 'LEARNING_RATE/round-1');
      await handle.executeUpdate(decideUpdate, { args: [{ decision: 'repeat', id: 'again' }] });
      await askedAfter(handle, 3);
      await handle.executeUpdate(decideUpdate, {
        args: [{ decision: 'key', key: 'WARMUP_RATIO', id: 'another-key' }],
      });
      await untilOver(handle);
    },
  },
  'the-adviser-stops': {
    set: [...AUTO, 'ROUNDS_PER_PARAM=2', 'SEARCH=adaptive'],
    play: toTheEnd,
    change: () => ({
      adviseNext: async (consultation) => {
        const usual = await activities().adviseNext(consultation);
        return { ...usual, value: { ...usual.value!, action: 'stop', proposals: [] } };
      },
    }),
  },
};

async function nothingUsable() {
  return {
    value: null,
    problem: 'the reply is empty',
    raw: '',
    model: 'gpt-test',
    usage: { promptTokens: 1, completionTokens: 1 },
  };
}

/** Until a person is asked once so many trainings are done. */
async function askedAfter(handle: Handle, trainings: number): Promise<void> {
  for (;;) {
    const { gate, trials } = await handle.query(progressQuery);
    if (gate && trials.trained >= trainings) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Whoever is asked goes on. */
async function untilOver(handle: Handle): Promise<void> {
  for (;;) {
    const { status } = await handle.describe();
    if (status.name === 'COMPLETED' || status.name === 'FAILED') return;
    if ((await handle.query(progressQuery).catch(() => null))?.gate) await handle.signal(continueSignal);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

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
