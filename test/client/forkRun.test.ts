/** `fork`: the command itself, on a server of its own, with fake trainings that leave real files. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import type { WorkflowBundle } from '@temporalio/worker';
import type { TrainRequest } from '../../src/domain/contract.ts';
import { keepRecord } from '../../src/activities/reporting.ts';
import type { RunState } from '../../src/domain/runState.ts';
import type { TrialResult } from '../../src/domain/trials.ts';
import { modelDigest } from '../../src/history/modelDigest.ts';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';
import { runLayout } from '../../src/training/layout.ts';
import { readRunRecord } from '../../src/training/runRecord.ts';
import { stateQuery } from '../../src/workflows/messages.ts';
import { putTrial, resultFile } from '../activities/stage.ts';
import { result } from '../domain/runs.ts';
import { currentBundle, developmentServer, withRun } from '../temporal/stage.ts';

let folder: string;
let models: string;
let trained: TrainRequest[];
let server: TestWorkflowEnvironment;
let workflowBundle: WorkflowBundle;
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  [server, workflowBundle] = await Promise.all([developmentServer(), currentBundle()]);
});
afterAll(() => server?.teardown());
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'fork-'));
  models = path.join(folder, 'models');
  mkdirSync(models);
  trained = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

function fork(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const env = {
    ...process.env,
    TUNING_STATE_DIR: path.join(folder, 'state'),
    TUNING_OUTPUT_DIR_ROOT: models,
    TEMPORAL_ADDRESS: server.address,
    TEMPORAL_NAMESPACE: 'default',
  };
  return new Promise((resolve) =>
    execFile(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', 'src/client/main.ts', 'fork', ...args],
      { cwd: PROJECT_ROOT, env },
      (error, out, err) => resolve({ code: error ? Number(error.code) : 0, out, err }),
    ),
  );
}

/** A training that leaves what a real one leaves. */
async function trainTrial(request: TrainRequest): Promise<TrialResult> {
  trained.push(request);
  const layout = runLayout(models, request.run);
  const score = request.config.LEARNING_RATE * 1000;
  putTrial(layout, request.trial, score);
  const digest = await modelDigest(path.join(layout.trial(request.trial), 'model'));
  const file = { ...resultFile(request.trial, score), model_digest: digest };
  writeFileSync(path.join(layout.trial(request.trial), 'result.json'), JSON.stringify(file));
  return { ...result(score), modelDigest: digest };
}

/** A run that ended, and its name, with workers that go on while `work` is done. */
const afterRun = (work: (name: string) => Promise<void>): Promise<void> =>
  withRun(
    server,
    workflowBundle,
    ['INTERACTIVE_MODE=false', 'ROUNDS_PER_PARAM=2', 'KEEP_TRIAL_MODELS=all', `OUTPUT_DIR_ROOT=${models}`],
    async (handle) => {
      await handle.result();
      await work(handle.workflowId.slice('tuning-'.length));
    },
    { trainTrial, keepRecord },
  );

test('a run goes on from an earlier trial with other settings, has its files, and trains none of them again', async () => {
  await afterRun(async (name) => {
    const parent = (await readRunRecord(models, name))!.state;
    const before = trained.length;
    const told = await fork(name, '--at', '2', '--set', 'ROUNDS_PER_PARAM=1', '--auto', '--detach', '--json');
    expect(told).toMatchObject({ code: 0, err: expect.stringContaining(`goes on from trial 2 of ${name}`) });
    const { run, workflowId } = JSON.parse(told.out) as { run: string; workflowId: string };
    const handle = server.client.workflow.getHandle(workflowId);
    await handle.result();
    const state = (await handle.query(stateQuery)) as RunState;
    expect(state).toMatchObject({ run, status: 'completed', forkedFrom: { run: name, at: 2 } });
    expect(state.config.AGENT_SETTINGS.ROUNDS_PER_PARAM).toBe(1);
    expect(state.trials.slice(0, 2).map(({ id, result: found }) => [id, found!.from])).toEqual(
      parent.trials.slice(0, 2).map(({ id }) => [id, name]),
    );
    const again = trained.slice(before).map(({ trial }) => trial);
    expect(again.length).toBeGreaterThan(0);
    for (const { id } of parent.trials.slice(0, 2)) {
      expect(again).not.toContain(id);
      expect(readdirSync(runLayout(models, run).trial(id)).sort()).toEqual(['model', 'result.json']);
    }
    expect(existsSync(runLayout(models, name).trial(parent.trials[0]!.id))).toBe(true);
  });
});

test('what cannot be is refused with the key, and nothing is started', async () => {
  await afterRun(async (name) => {
    const there = readdirSync(models);
    for (const [args, code, message] of [
      [['--at', '2', '--set', 'SEED=7'], 2, /The fork cannot be made:\n {2}SEED cannot be changed in a fork/],
      [
        ['--at', '2', '--set', 'ROUNDS_PER_PARAM=none'],
        2,
        /The configuration cannot be used:\n {2}--set: ROUNDS_PER_PARAM/,
      ],
      [['--at', 'two'], 2, /--at two: must be the number of a trial/],
    ] as const)
      expect(await fork(name, ...args)).toMatchObject({ code, err: expect.stringMatching(message) });
    expect(readdirSync(models)).toEqual(there);
  });
});

test('a trial whose files or model are gone is told, and the run goes on from its score', async () => {
  await afterRun(async (name) => {
    const [first] = (await readRunRecord(models, name))!.state.trials;
    rmSync(path.join(runLayout(models, name).trial(first!.id), 'model'), { recursive: true });
    const told = await fork(name, '--at', '1', '--auto', '--detach', '--json');
    expect(told).toMatchObject({ code: 0, err: expect.stringMatching(/model of trial 1 is not here any more/) });
    const { workflowId } = JSON.parse(told.out) as { workflowId: string };
    await server.client.workflow.getHandle(workflowId).result();
  });
});
