/** The `trainTrial` activity with a trainer that writes what the real one writes. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ActivityCancellationDetails } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { TrainRequest } from '../../src/domain/contract.ts';
import { trainTrialWith } from '../../src/activities/training.ts';
import type { RunKind } from '../../src/domain/runKind.ts';
import type { TrialResult } from '../../src/domain/trials.ts';
import { TrainerFailure } from '../../src/training/trainerFailure.ts';
import type { TrainerProcess } from '../../src/training/trainerProcess.ts';
import { addTrial, diskRun, putTrial } from './stage.ts';
import type { DiskRun } from './stage.ts';

let disk: DiskRun;
let trained: string[];
beforeEach(() => {
  disk = diskRun();
  trained = [];
});
afterEach(() => rmSync(disk.folder, { recursive: true }));

const trainer = (score = 0.7): TrainerProcess =>
  ({
    hello: async () => {},
    request: async ({ trial }: { trial: string }) => {
      trained.push(trial);
      putTrial(disk.layout, trial, score);
    },
  }) as unknown as TrainerProcess;

const request = (trial: string, more: Partial<TrainRequest> = {}): TrainRequest => ({
  run: disk.state.run,
  trial,
  number: 1,
  config: disk.state.config.DEFAULT_CONFIG,
  maxSeconds: null,
  hangSeconds: 60,
  retries: 0,
  ...more,
});
const train = (wanted: TrainRequest, by = trainer()): Promise<TrialResult> =>
  new MockActivityEnvironment().run(trainTrialWith(by, 'here'), wanted);
const model = (trial: string): string => path.join(disk.layout.trial(trial), 'model');

test('a finished trial is answered from its result', async () => {
  addTrial(disk, 'a', 0.5);
  expect(await train(request('a'))).toMatchObject({ score: 0.5 });
  expect(trained).toEqual([]);
});

test.each(['', '{"v":1', '{"v":1,"trial":"a"}', '\0\0\0\0'])(
  'a result that the disk damaged (%j) is set aside, and the trial is trained again with a warning, once',
  async (text) => {
    addTrial(disk, 'a', 0.5);
    writeFileSync(path.join(disk.layout.trial('a'), 'result.json'), text);
    expect(await train(request('a'))).toMatchObject({
      score: 0.7,
      warnings: [expect.stringMatching(/result\.json was damaged \(.*\), so it was trained again/)],
    });
    expect(readFileSync(path.join(disk.layout.trial('a'), 'result.json.before'), 'utf8')).toBe(text);
    await train(request('a'));
    expect(trained).toEqual(['a']);
  },
);

test('models of losers go before the next training; their results stay; twice is once', async () => {
  ['default', 'loser', 'winner'].forEach((id, index) => addTrial(disk, id, [0.5, 0.4, 0.6][index]!));
  await train(request('next', { losers: ['loser', 'never-seen'] }));
  await train(request('next', { losers: ['loser', 'never-seen'] }));
  expect(['default', 'loser', 'winner', 'next'].map((id) => existsSync(model(id)))).toEqual([true, false, true, true]);
  expect(await train(request('loser'))).toMatchObject({ score: 0.4 });
  expect(trained).toEqual(['next']);
});

test.each<[string, number, boolean, string[]]>([
  ['the new one', 0.8, true, ['rival']],
  ['the rival', 0.6, false, ['next']],
  ['the rival, which is the default', 0.6, true, ['rival', 'next']],
])('the model of whichever loses goes at once: %s', async (_name, score, stays, left) => {
  addTrial(disk, 'rival', score);
  for (let times = 0; times < 2; times += 1)
    expect(await train(request('next', { rival: { trial: 'rival', score, stays } }))).toMatchObject({ score: 0.7 });
  expect(['rival', 'next'].filter((id) => existsSync(model(id)))).toEqual(left);
  expect(trained).toEqual(['next']);
});

test('a trial whose model is needed and gone is trained again, although its result is there', async () => {
  addTrial(disk, 'a', 0.5);
  rmSync(model('a'), { recursive: true });
  expect(await train(request('a', { modelNeeded: true }))).toMatchObject({ score: 0.7 });
  expect(existsSync(model('a'))).toBe(true);
  expect(await train(request('a', { modelNeeded: true }))).toMatchObject({ score: 0.7 });
  expect(trained).toEqual(['a']);
});

test.each([
  ['a run that is cancelled leaves no checkpoint', { cancelRequested: true }, false],
  ['a worker that leaves keeps its checkpoint for the next', { workerShutdown: true }, true],
  ['an attempt that the server gave to another worker keeps the checkpoint', { notFound: true }, true],
])('%s', async (_title, details, kept) => {
  const environment = new MockActivityEnvironment();
  const checkpoints = path.join(disk.layout.trial('a'), 'checkpoints', 'checkpoint-5');
  const leaving = {
    hello: async () => {},
    cancel: async () => {},
    request: async () => {
      mkdirSync(checkpoints, { recursive: true });
      environment.cancel('CANCELLED', new ActivityCancellationDetails(details));
      throw new TrainerFailure('cancelled', 'it was asked to leave');
    },
  } as unknown as TrainerProcess;
  await expect(environment.run(trainTrialWith(leaving, 'here'), request('a'))).rejects.toThrow('CANCELLED');
  expect(existsSync(checkpoints)).toBe(kept);
});

const PRUNE = { looks: [{ look: 2, below: 0.6 }], evidence: 'four trainings' };
const FACTS = { look: 2, step: 13, total_steps: 25, score: 0.5, below: 0.6, looks: [], evidence: '', cpu_seconds: 6 };

test('threads and limits go with the command; a pruned training is a failure with its facts, tidied, on every attempt', async () => {
  const commands: Record<string, unknown>[] = [];
  const pruning = {
    hello: async () => {},
    request: async (command: Record<string, unknown>) => {
      commands.push(command);
      mkdirSync(path.join(disk.layout.trial('a'), 'checkpoints'), { recursive: true });
      throw new TrainerFailure('pruned', 'ended at look 2', FACTS);
    },
  } as unknown as TrainerProcess;
  for (let attempt = 0; attempt < 2; attempt += 1)
    await expect(train(request('a', { retries: 5, threads: 1, prune: PRUNE }), pruning)).rejects.toMatchObject({
      type: 'pruned',
      message: 'ended at look 2',
      nonRetryable: true,
      details: [{ ...FACTS, train_seconds: 0, attempts: 0, resumed: 0 }],
    });
  expect(commands).toHaveLength(2);
  expect(commands[0]).toMatchObject({ threads: 1, prune: PRUNE });
  expect(existsSync(path.join(disk.layout.trial('a'), 'checkpoints'))).toBe(false);
  expect(existsSync(path.join(disk.layout.trial('a'), 'lock.json'))).toBe(false);
});

const KIND: RunKind = { device: { type: 'cpu', name: 'x86_64' }, versions: { torch: '2.9.1' }, data: 'd', model: 'm' };

describe('what the run was begun with', () => {
  const machine = (versions: Record<string, string>, fails: TrainerFailure | null = null) => {
    const commands: Record<string, unknown>[] = [];
    const by = {
      hello: async () => ({ device: { type: 'cpu', name: 'x86_64' }, versions }),
      request: async (command: { trial: string }) => {
        commands.push(command);
        if (fails) throw fails;
        putTrial(disk.layout, command.trial, 0.7);
      },
    } as unknown as TrainerProcess;
    return { by, commands };
  };

  test('goes along to the trainer, whose release may have changed; the result names the place', async () => {
    const { by, commands } = machine({ torch: '2.9.1', trainer: '9.9.9' });
    expect(await train(request('a', { kind: KIND }), by)).toMatchObject({ score: 0.7, at: 'here' });
    expect(commands[0]).toMatchObject({ expects: { data: 'd', model: 'm' } });
  });

  test('a trainer that has to start first is no dead worker: it heartbeats meanwhile', async () => {
    const { by } = machine({ torch: '2.9.1' });
    const hello = by.hello.bind(by);
    by.hello = () => new Promise((resolve) => setTimeout(() => resolve(hello()), 1500));
    const environment = new MockActivityEnvironment();
    let heartbeats = 0;
    environment.on('heartbeat', () => (heartbeats += 1));
    await environment.run(trainTrialWith(by, 'here'), request('a', { kind: KIND }));
    expect(heartbeats).toBeGreaterThan(0);
  });

  test('a worker with other libraries refuses by name, and another one may take it', async () => {
    const { by, commands } = machine({ torch: '2.8.0' });
    await expect(train(request('a', { kind: KIND }), by)).rejects.toMatchObject({
      type: 'other_kind',
      nonRetryable: false,
      nextRetryDelay: '15 s',
      message: expect.stringMatching(/ has torch 2\.8\.0, not 2\.9\.1, which the run was begun with/),
    });
    expect(commands).toEqual([]);
    expect(existsSync(path.join(disk.layout.trial('a'), 'lock.json'))).toBe(false);
  });

  test('a trial that is done is answered by any worker', async () => {
    addTrial(disk, 'a', 0.5);
    expect(await train(request('a', { kind: KIND }), machine({ torch: '2.8.0' }).by)).toMatchObject({ score: 0.5 });
  });

  test.each([
    [1, false],
    [4, true],
  ])('rows that changed are refused; at attempt %d for good: %s', async (attempt, nonRetryable) => {
    const { by } = machine({ torch: '2.9.1' }, new TrainerFailure('changed', 'the rows are not those'));
    const environment = new MockActivityEnvironment({ attempt });
    const given = request('a', { kind: KIND });
    await expect(environment.run(trainTrialWith(by, 'here'), given)).rejects.toMatchObject({
      type: 'other_kind',
      nonRetryable,
      message: expect.stringContaining('the rows are not those'),
    });
    expect(existsSync(path.join(disk.layout.trial('a'), 'lock.json'))).toBe(!nonRetryable);
  });
});

describe('a result that breaks a constraint', () => {
  const constrained = (trial: string) => {
    const config = { ...disk.state.config.DEFAULT_CONFIG, CONSTRAINTS: ['pearson >= 0.6'] };
    return request(trial, { config, rival: { trial: 'rival', score: 0.4, stays: false } });
  };
  const refusal = {
    type: 'inadmissible',
    nonRetryable: true,
    message: 'pearson is 0.5, and pearson >= 0.6 must hold',
    details: [
      expect.objectContaining({ value: 0.5, score: 0.5, metrics: { spearman: 0.5, pearson: 0.5 }, train_seconds: 8 }),
    ],
  };

  test('is a failure, as often as it is asked for, and its rival keeps its model', async () => {
    addTrial(disk, 'rival', 0.4);
    await expect(train(constrained('a'), trainer(0.5))).rejects.toMatchObject(refusal);
    await expect(train(constrained('a'), trainer(0.5))).rejects.toMatchObject(refusal);
    expect(trained).toEqual(['a']);
    expect(existsSync(model('rival'))).toBe(true);
    expect(await train(constrained('b'), trainer(0.7))).toMatchObject({ score: 0.7 });
    expect(existsSync(model('rival'))).toBe(false);
  });

  test('is not judged again when its model alone is needed', async () => {
    const again = { ...constrained('a'), modelNeeded: true };
    expect(await train(again, trainer(0.5))).toMatchObject({ score: 0.5 });
  });
});
