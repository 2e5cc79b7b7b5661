/** The dashboard over a real Temporal server: what happens in a run is told, in order, to all who look. */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Context } from '@temporalio/activity';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import type { WorkflowBundle } from '@temporalio/worker';
import type { TrainingActivities } from '../../src/domain/contract.ts';
import type { Server } from '../../src/runs/server.ts';
import { result } from '../domain/runs.ts';
import { currentBundle, developmentServer, gateOf, withRun } from '../temporal/stage.ts';
import type { Handle } from '../temporal/stage.ts';
import { Browser, ask, dashboardOver, post } from './stage.ts';

let env: TestWorkflowEnvironment;
let bundle: WorkflowBundle;
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  [env, bundle] = await Promise.all([developmentServer(), currentBundle()]);
});
afterAll(() => env?.teardown());

let models: string;
beforeEach(() => {
  models = mkdtempSync(path.join(tmpdir(), 'live-'));
});
afterEach(() => rmSync(models, { recursive: true, force: true }));

const server = (): Server => ({
  client: env.client,
  address: env.address,
  namespace: 'default',
  webUi: null,
  dashboard: null,
  local: false,
});
const runOf = ({ workflowId }: Handle): string => workflowId.slice('tuning-'.length);
const SETTINGS = () => ['INTERACTIVE_MODE=true', 'ROUNDS_PER_PARAM=1', `OUTPUT_DIR_ROOT=${models}`];

/** A training that the test leads by hand. */
class Training {
  readonly begun: Promise<string>;
  #begin!: (folder: string) => void;
  #end!: () => void;
  readonly #ended = new Promise<void>((resolve) => (this.#end = resolve));
  #folder = '';

  constructor() {
    this.begun = new Promise((resolve) => (this.#begin = resolve));
  }

  /** The first training is led; all others end at once. */
  activity(here: boolean): TrainingActivities['trainTrial'] {
    let first = true;
    return async ({ run, trial, number }) => {
      if (!first) return result(0.5);
      first = false;
      this.#folder = path.join(models, run, 'trials', trial);
      if (here) {
        mkdirSync(this.#folder, { recursive: true });
        this.write('started', { pid: 1, resumed_from: 0, total_steps: 4, rows: { train: 8, dev: 4 } });
      }
      Context.current().heartbeat({ ...POINTER, dir: trial, number });
      this.#begin(trial);
      await this.#ended;
      return result(0.4);
    };
  }

  write(event: string, fields: object): void {
    const line = { v: 1, seq: 1, t: Date.now() / 1000, trial: path.basename(this.#folder), event, ...fields };
    appendFileSync(path.join(this.#folder, 'events.jsonl'), `${JSON.stringify(line)}\n`);
  }

  step(step: number, loss: number): void {
    this.write('step', { step, total_steps: 4, epoch: step / 4, loss, learning_rate: 1e-5, pairs_per_s: 9, eta_s: 1 });
  }

  end(): void {
    this.#end();
  }
}

const POINTER = {
  pid: 1,
  phase: 'train',
  step: 3,
  totalSteps: 4,
  epoch: 0.75,
  loss: 0.25,
  learningRate: 1e-5,
  pairsPerSecond: 9,
  etaSeconds: 1,
  devScore: null,
  resumedFrom: null,
  trainSeconds: 2,
};

test('steps, questions and answers are told to two browsers in one order by one watch, which ends with the last', async () => {
  const training = new Training();
  await withRun(
    env,
    bundle,
    SETTINGS(),
    async (handle) => {
      const run = runOf(handle);
      const dashboard = await dashboardOver(models, server());
      const trial = await training.begun;
      const first = await Browser.at(dashboard, `/api/runs/${run}/events`);
      const begun = await first.until(({ event, data }) => event === 'run' && data.training.length === 1);
      expect(begun.data).toMatchObject({ run, problem: null, gate: null, training: [{ dir: trial, number: 1 }] });
      training.step(1, 0.9);
      await first.until(({ event, data }) => event === 'step' && data.step === 1);
      const second = await Browser.at(dashboard, `/api/runs/${run}/events`);
      // Who comes later is told at once where it is.
      await second.until(({ event }) => event === 'run');
      expect((await second.until(({ event }) => event === 'step')).data).toMatchObject({ trial, step: 1, loss: 0.9 });
      expect(dashboard.watched()).toBe(1);
      training.step(2, 0.5);
      training.write('eval', { step: 2, epoch: 0.5, score: 0.7, best: true });
      training.write('progress', { step: 3, phase: 'train' });
      training.step(4, 0.3);
      await Promise.all(
        [first, second].map((one) => one.until(({ event, data }) => event === 'step' && data.step === 4)),
      );
      const told = first.seen.filter(({ event }) => event === 'step' || event === 'progress').slice(-4);
      expect(told.map(({ event, data }) => [event, data.step, data.loss, data.score])).toEqual([
        ['step', 2, 0.5, undefined],
        ['step', 2, 0.5, 0.7],
        ['progress', 3, undefined, undefined],
        ['step', 4, 0.3, undefined],
      ]);
      expect(told[3]!.data).toMatchObject({ number: 1, totalSteps: 4, epoch: 1, learningRate: 1e-5, rate: 9 });
      expect((await ask(dashboard, `/api/runs/${run}/curves`)).json).toEqual({
        [trial]: { steps: [1, 2, 4], loss: [0.9, 0.5, 0.3], looks: [{ step: 2, score: 0.7 }], totalSteps: 4 },
      });
      training.end();

      const asked = await first.until(({ event, data }) => event === 'run' && data.gate !== null);
      expect(asked.data.keys).toContainEqual(expect.objectContaining({ key: 'LEARNING_RATE', open: true }));
      const wrong = await post(dashboard, `/api/runs/${run}/decisions`, {
        decision: 'set',
        key: 'LEARNING_RATE',
        value: 9,
      });
      expect([wrong.status, wrong.json.error]).toEqual([409, expect.stringContaining('LEARNING_RATE = 9')]);
      const gate = asked.data.gate.id;
      const answer = () => post(dashboard, `/api/runs/${run}/decisions`, { decision: 'continue', gate });
      expect(await answer()).toMatchObject({ status: 200, json: { message: 'goes on' } });
      await second.until(({ event, data }) => event === 'run' && data.gate?.id !== gate && data.decisions.length > 0);
      // Of two people who answer one question, the later one is told that it was answered.
      expect(await answer()).toMatchObject({
        status: 409,
        // On a slow machine the run may be past its search by then, or past its end.
        json: { error: expect.stringMatching(/answered already|the tuning has ended|the run has ended/) },
      });
      await second.until(
        ({ event, data }) => event === 'run' && data.decisions.some(({ by }: any) => by === 'dashboard'),
      );
      await handle.signal('stop');
      await first.until(({ event, data }) => event === 'run' && data.phase === 'ended');
      const late = await post(dashboard, `/api/runs/${run}/decisions`, { decision: 'continue' });
      expect([late.status, late.json.error]).toEqual([409, expect.stringContaining('has ended')]);

      first.close();
      second.close();
      while (dashboard.watched() > 0) await sleep(20);
    },
    { trainTrial: training.activity(true) },
  );
});

test('a training whose files lie on another machine is told by its heartbeats', async () => {
  const training = new Training();
  await withRun(
    env,
    bundle,
    SETTINGS(),
    async (handle) => {
      const dashboard = await dashboardOver(models, server());
      const browser = await Browser.at(dashboard, `/api/runs/${runOf(handle)}/events`);
      const trial = await training.begun;
      const step = await browser.until(({ event }) => event === 'step');
      expect(step.data).toEqual({
        trial,
        number: 1,
        step: 3,
        totalSteps: 4,
        loss: 0.25,
        epoch: 0.75,
        learningRate: 1e-5,
        rate: 9,
        trainSeconds: 2,
      });
      training.end();
      await browser.until(({ event, data }) => event === 'run' && data.gate !== null);
      await handle.signal('stop');
      await browser.until(({ event, data }) => event === 'run' && data.phase === 'ended');
    },
    { trainTrial: training.activity(false) },
  );
});

test('a question that waits is in the list of runs; without the server the list is that of the disk, and says so', async () => {
  await withRun(env, bundle, SETTINGS(), async (handle) => {
    await gateOf(handle, 'LEARNING_RATE/end');
    const run = runOf(handle);
    const there = await dashboardOver(models, server());
    const { runs, problem } = (await ask(there, '/api/runs')).json;
    expect(problem).toBeNull();
    expect(runs.map((one: { run: string }) => one.run)).toContain(run);
    const away = await dashboardOver(models, null);
    const rows = (await ask(away, '/api/runs')).json;
    expect(rows.problem).toContain('down');
    await handle.signal('stop');
    await handle.result();
  });
});
