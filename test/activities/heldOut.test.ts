/** The `confirmHeldOut` activity with a trainer that answers as the real one does. */
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { ConfirmRequest, ConfirmedScores, HeldOutCosines } from '../../src/domain/contract.ts';
import { confirmHeldOutWith, heldOutCosinesWith } from '../../src/activities/heldOut.ts';
import { evaluationSchema } from '../../src/training/protocol.ts';
import type { TrainerProcess } from '../../src/training/trainerProcess.ts';
import { addTrial, diskRun } from './stage.ts';
import type { DiskRun } from './stage.ts';

let disk: DiskRun;
let asked: Record<string, unknown>[];
beforeEach(() => {
  disk = diskRun();
  asked = [];
  addTrial(disk, 'default', 0.5, { purpose: 'baseline', key: null });
  addTrial(disk, 'winner', 0.6);
});
afterEach(() => rmSync(disk.folder, { recursive: true }));

/** As `child.evaluate` sends it. */
const EVALUATION = evaluationSchema.parse({
  split: 'test',
  pairs: 500,
  scores: { untouched: { score: 0.65, metrics: { pearson: 0.6 } } },
  difference: null,
  seconds: 3,
  confirmation: {
    scores: [0.65, 0.66, 0.71],
    difference: { mean: 0.05, low: 0.02, high: 0.08 },
    over_untouched: { mean: 0.06, low: 0.03, high: 0.09 },
    verdict: 'better',
    seed_sd: { baseline: 0.004, best: 0.008, measured: true },
  },
});

const answering = (evaluation: unknown): TrainerProcess =>
  ({
    hello: async () => {},
    request: async (command: Record<string, unknown>) => {
      asked.push(command);
      return { event: 'finished', evaluation };
    },
  }) as unknown as TrainerProcess;

const request = (): ConfirmRequest => ({
  run: disk.state.run,
  config: disk.state.config.DEFAULT_CONFIG,
  hangSeconds: 60,
  threads: 1,
  models: [
    { arm: 'untouched', seed: null, trial: null },
    { arm: 'baseline', seed: 42, trial: 'default' },
    { arm: 'best', seed: 42, trial: 'winner' },
  ],
  devNoise: { sd: 0.005, repeats: 2 },
});
const confirm = (evaluation: unknown = EVALUATION): Promise<ConfirmedScores> =>
  new MockActivityEnvironment().run(confirmHeldOutWith(answering(evaluation)), request()) as Promise<ConfirmedScores>;

test('the trainer compares the models as arms, on held-out rows, the base model for the untouched one', async () => {
  expect(await confirm()).toEqual({
    split: 'test',
    pairs: 500,
    scores: [0.65, 0.66, 0.71],
    difference: { mean: 0.05, low: 0.02, high: 0.08 },
    overUntouched: { mean: 0.06, low: 0.03, high: 0.09 },
    verdict: 'better',
    seedSd: { baseline: 0.004, best: 0.008, measured: true },
    seconds: 3,
  });
  expect(asked[0]).toMatchObject({
    command: 'evaluate',
    split: 'test',
    threads: 1,
    dev_noise: { sd: 0.005, repeats: 2 },
    models: [
      { name: 'untouched', path: null, arm: 'untouched', seed: null },
      { name: 'default', path: path.join(disk.layout.trial('default'), 'model'), arm: 'baseline', seed: 42 },
      { name: 'winner', path: path.join(disk.layout.trial('winner'), 'model'), arm: 'best', seed: 42 },
    ],
  });
  expect(existsSync(disk.layout.logs)).toBe(true);
});

test('a model that is lost is named before the trainer is asked', async () => {
  rmSync(path.join(disk.layout.trial('winner'), 'model'), { recursive: true });
  await expect(confirm()).rejects.toMatchObject({ type: 'models_lost', details: [{ trials: ['winner'] }] });
  expect(asked).toEqual([]);
});

test('an answer without a verdict is a fault of the trainer', async () => {
  const { confirmation: _, ...without } = EVALUATION;
  await expect(confirm(without)).rejects.toMatchObject({ type: 'trainer_bug', nonRetryable: true });
});

test('cosines that were taken elsewhere stand for a model that is not here, and leave nothing behind', async () => {
  rmSync(path.join(disk.layout.trial('winner'), 'model'), { recursive: true });
  const numbers = Float64Array.from([0.25, -1, 1 / 3]);
  const cosines = { winner: Buffer.from(numbers.buffer).toString('base64') };
  let given: Buffer | null = null;
  const trainer = {
    hello: async () => {},
    request: async ({ models }: { models: { name: string; cosines_from?: string }[] }) => {
      given = readFileSync(models.find(({ name }) => name === 'winner')!.cosines_from!);
      expect(models.find(({ name }) => name === 'default')!.cosines_from).toBeUndefined();
      return { event: 'finished', evaluation: EVALUATION };
    },
  } as unknown as TrainerProcess;
  await new MockActivityEnvironment().run(confirmHeldOutWith(trainer), { ...request(), cosines });
  expect(given).toEqual(Buffer.from(numbers.buffer));
  expect(readdirSync(disk.layout.logs)).toEqual([]);
});

describe('cosines of one model', () => {
  const taking = (values: number): TrainerProcess =>
    ({
      hello: async () => {},
      request: async ({ models }: { models: { cosines_to: string }[] }) => {
        writeFileSync(models[0]!.cosines_to, Buffer.from(new Float64Array(values).fill(0.5).buffer));
        return { event: 'finished', evaluation: { ...EVALUATION, confirmation: null, pairs: values } };
      },
    }) as unknown as TrainerProcess;
  const take = (trial: string, values = 500): Promise<HeldOutCosines> => {
    const { run, config, hangSeconds } = request();
    const asking = { run, config, hangSeconds, trial };
    return new MockActivityEnvironment().run(heldOutCosinesWith(taking(values)), asking) as Promise<HeldOutCosines>;
  };

  test('come as the trainer wrote them', async () => {
    const { cosines, seconds } = await take('winner');
    expect(Buffer.from(cosines, 'base64')).toEqual(Buffer.from(new Float64Array(500).fill(0.5).buffer));
    expect(seconds).toBe(3);
    expect(readdirSync(disk.layout.logs)).toEqual([]);
  });

  test('of a model that is not here are refused by name', async () => {
    rmSync(path.join(disk.layout.trial('winner'), 'model'), { recursive: true });
    await expect(take('winner')).rejects.toMatchObject({ type: 'models_lost', details: [{ trials: ['winner'] }] });
  });

  test('of more pairs than one message takes are refused with what helps', async () => {
    await expect(take('winner', 30_000)).rejects.toMatchObject({
      type: 'bad_config',
      message: expect.stringMatching(/30000 held-out pairs are too many .* share models\//),
    });
  });
});
