/**
 * A stage for the workflow: real Temporal servers, fake activities, small runs. Shared by the workflow's tests and the
 * recorder of histories.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import type { WorkerInterceptors, WorkflowBundle } from '@temporalio/worker';
import type { AdviserActivities, TrainingActivities } from '../../src/domain/contract.ts';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';
import { workflowBundle } from '../../src/worker/bundle.ts';
import { queuesWith } from '../../src/domain/queues.ts';
import { SEARCH_ATTRIBUTES, WORKFLOW_TYPE, progressQuery } from '../../src/workflows/messages.ts';
import type { tuningRun } from '../../src/workflows/tuningRun.ts';
import { CANDIDATE } from '../../src/domain/proposals.ts';
import { studyInOrder } from '../workflows/studyInOrder.ts';
import { FACTS, TIMING, config, result } from '../domain/runs.ts';

const QUEUES = queuesWith('');

const executable = (name: string) => ({
  type: 'existing-path' as const,
  path: path.join(PROJECT_ROOT, '.venv', 'bin', name),
});

/** Skips waits of hours. */
export const timeSkippingServer = (): Promise<TestWorkflowEnvironment> =>
  TestWorkflowEnvironment.createTimeSkipping({ server: { executable: executable('temporal-test-server') } });
/** Speaks every message; knows the given search attributes. */
export const developmentServer = ({
  searchAttributes = [],
  extraArgs = [],
  port,
}: {
  searchAttributes?: (typeof SEARCH_ATTRIBUTES)[keyof typeof SEARCH_ATTRIBUTES][];
  extraArgs?: string[];
  port?: number;
} = {}): Promise<TestWorkflowEnvironment> =>
  TestWorkflowEnvironment.createLocal({
    server: {
      executable: executable('temporal'),
      searchAttributes,
      extraArgs,
      ...(port === undefined ? {} : { port }),
    },
  });
/** The bundle that workers of the present sources run; made once, before the tests, by test/bundles.mjs. */
export async function currentBundle(failureConverterPath?: string): Promise<WorkflowBundle> {
  const { codePath } = await workflowBundle(console, failureConverterPath);
  return { code: await readFile(codePath, 'utf8') };
}

const reason = { zh: '因', en: 'why' };
const usage = { promptTokens: 1, completionTokens: 1 };
export const IDEAS: Record<string, number[]> = { LEARNING_RATE: [5e-5, 1e-4, 2e-4], NUM_TRAIN_EPOCHS: [2, 3, 4] };

export function activities(
  change: Partial<AdviserActivities & TrainingActivities> = {},
): AdviserActivities & TrainingActivities {
  return {
    probeTrainer: async () => FACTS,
    probeAdviser: async () => ({ kind: 'openai', model: 'gpt-test', note: 'test' }),
    trainTrial: async ({ config: { LEARNING_RATE } }) => result(LEARNING_RATE * 1000),
    evaluateHeldOut: async ({ models }) => ({
      split: 'test',
      pairs: 500,
      scores: Object.fromEntries(models.map(({ name }) => [name, 0.5])),
      difference: null,
      seconds: 1,
    }),
    notify: async () => {},
    scoreUntouched: async () => ({ score: 0.01, seconds: 1 }),
    timeTraining: async () => ({ timing: TIMING, seconds: 3 }),
    confirmHeldOut: async ({ models }) => ({
      split: 'test',
      pairs: 500,
      scores: models.map(() => 0.5),
      difference: models.some(({ arm }) => arm === 'best') ? { mean: 0.1, low: 0.05, high: 0.15 } : null,
      overUntouched: null,
      verdict: 'better',
      seedSd: { baseline: 0.004, best: 0.004, measured: false },
      seconds: 1,
    }),
    earlierEvidence: async () => ({ hints: [], seeds: [] }),
    studySearch: async ({ study }) => studyInOrder(study, {}, IDEAS),
    adviseNext: async () => ({
      value: {
        reason: { zh: '先试第一个候选。', en: 'The first candidate promises most.' },
        prediction: { low: 0.01, high: 0.9 },
        action: 'train',
        proposals: [{ key: CANDIDATE, value: 1 }],
      },
      problem: null,
      raw: '',
      model: 'gpt-test',
      usage,
    }),
    publishModel: async () => ({ path: 'models/x/best_overall_model' }),
    heldOutCosines: async () => ({ cosines: '', seconds: 1 }),
    tidyPlace: async () => {},
    salvageRun: async ({ state: { incumbent } }) => ({ path: incumbent && 'models/x/best_overall_model' }),
    keepRecord: async () => {},
    trackTrials: async () => ({ failed: {} }),
    advisePlan: async () => ({
      value: { base_config: [], priority_keys: ['LEARNING_RATE', 'NUM_TRAIN_EPOCHS'], reason },
      problem: null,
      raw: '',
      model: 'gpt-test',
      usage,
    }),
    adviseValue: async ({ context: { key, round } }) => ({
      value: { key: key!, value: IDEAS[key!]![round - 1]!, exhausted: false, reason },
      problem: null,
      raw: '',
      model: 'gpt-test',
      usage,
    }),
    adviseSummary: async () => ({ value: { summary: reason }, problem: null, raw: '', model: 'gpt-test', usage }),
    writeReport: async () => ({ path: 'docs/reports/r.md' }),
    ...change,
  };
}

/** What the workers of each task queue do. */
export function byQueue({
  probeTrainer,
  scoreUntouched,
  timeTraining,
  trainTrial,
  evaluateHeldOut,
  confirmHeldOut,
  publishModel,
  heldOutCosines,
  tidyPlace,
  salvageRun,
  ...ofTuning
}: AdviserActivities & TrainingActivities) {
  const ofTraining = {
    probeTrainer,
    scoreUntouched,
    timeTraining,
    trainTrial,
    evaluateHeldOut,
    confirmHeldOut,
    publishModel,
    heldOutCosines,
    tidyPlace,
    salvageRun,
  };
  return { ofTuning, ofTraining };
}

let runs = 0;
/** Starts a run with workers of its own, which leave when the work is done. */
export async function withRun<T>(
  env: TestWorkflowEnvironment,
  workflowBundle: WorkflowBundle,
  set: string[],
  work: (handle: Handle) => Promise<T>,
  change: Partial<AdviserActivities & TrainingActivities> = {},
  {
    client = env.client,
    dataConverter,
    searchAttributes = false,
    interceptors,
  }: {
    client?: Client;
    dataConverter?: DataConverter;
    searchAttributes?: boolean;
    interceptors?: WorkerInterceptors;
  } = {},
): Promise<T> {
  const { ofTuning, ofTraining } = byQueue(activities(change));
  const options = {
    connection: env.nativeConnection,
    ...(dataConverter ? { dataConverter } : {}),
    ...(interceptors ? { interceptors } : {}),
  };
  const tuning = await Worker.create({
    ...options,
    workflowBundle,
    taskQueue: QUEUES.tuning,
    activities: ofTuning,
  });
  const training = await Worker.create({ ...options, taskQueue: QUEUES.training, activities: ofTraining });
  const checks = await Worker.create({ ...options, taskQueue: QUEUES.checks, activities: ofTraining });
  const handle = await start(client, set, searchAttributes);
  return tuning.runUntil(training.runUntil(checks.runUntil(work(handle))));
}

function start(client: Client, set: string[], searchAttributes: boolean) {
  runs += 1;
  const run = `test-${runs}`;
  return client.workflow.start<typeof tuningRun>(WORKFLOW_TYPE, {
    taskQueue: QUEUES.tuning,
    workflowId: `tuning-${run}`,
    args: [
      { run, config: config('NOISE_SEEDS=0', 'CONFIRM_SEEDS=0', 'MAX_PRIORITY_PARAMS=2', ...set), searchAttributes },
    ],
  });
}

export type Handle = Awaited<ReturnType<typeof start>>;

export async function gateOf(handle: Handle, id: string): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if ((await handle.query(progressQuery)).gate?.id === id) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the question ${id} was never asked`);
}
