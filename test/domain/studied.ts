/** A finished run of release 0.4 for tests: noise seeds, steps of the search model, a repeat, a pruned and a reused trial. */
import { currentValues } from '../../src/domain/configurations.ts';
import type { RunState } from '../../src/domain/runState.ts';
import { recordTrial } from '../../src/domain/runTrials.ts';
import type { Candidate, Study } from '../../src/domain/study.ts';
import type { Trial, TrialResult } from '../../src/domain/trials.ts';
import { FACTS, result, run, trial } from './runs.ts';

/** A result with four looks that lead up to its score. */
export const looked = (score: number, rise = 0.01): TrialResult => ({
  ...result(score),
  steps: 100,
  bestStep: 100,
  looks: [25, 50, 75, 100].map((step, index) => ({ step, score: score - rise * (1 - index / 3) })),
  losses: { first: 3, last: 2 },
  cpuSeconds: 12,
});

export function studiedRun(...set: string[]): RunState {
  const state = run('STSB_TRAIN_SPLIT=train[:200]', ...set);
  state.trainer = { ...FACTS, slots: 2 };
  const base = currentValues(state);
  let number = 0;
  const add = (change: Partial<Trial>) => {
    number += 1;
    return recordTrial(
      state,
      trial({ id: String(number).padStart(16, '0'), number, key: null, round: null, ...change }),
    );
  };
  const byModel = (low: number, high: number) => ({ predicted: { byModel: { low, high }, byAdviser: null } });
  add({ purpose: 'baseline', values: base, proposedBy: 'default', result: looked(0.67) });
  for (const [seed, score] of [
    [43, 0.675],
    [44, 0.666],
  ] as const)
    add({ purpose: 'noise', seed, values: base, proposedBy: 'agent', result: looked(score) });
  state.incumbent = state.baseline;
  const learningRate = { LEARNING_RATE: 1e-4 };
  add({
    key: 'LEARNING_RATE',
    round: 1,
    values: { ...base, ...learningRate },
    change: learningRate,
    proposedBy: 'search',
    origin: 'probe',
    reason: { zh: '首次试探', en: 'first probe of this key' },
    ...byModel(0.65, 0.72),
    result: { ...looked(0.7), from: 'tune-20251231-000000' },
  });
  const epochs = { NUM_TRAIN_EPOCHS: 3 };
  add({
    key: 'NUM_TRAIN_EPOCHS',
    round: 1,
    values: { ...base, ...learningRate, ...epochs },
    change: epochs,
    proposedBy: 'adviser',
    origin: 'choice',
    reason: { zh: '选它', en: 'chosen by the model' },
    predicted: { byModel: { low: 0.68, high: 0.73 }, byAdviser: { low: 0.75, high: 0.8 } },
    result: looked(0.76),
  });
  add({
    key: 'TRAIN_BATCH_SIZE',
    round: 1,
    values: { ...base, ...learningRate, ...epochs, TRAIN_BATCH_SIZE: 64 },
    change: { TRAIN_BATCH_SIZE: 64 },
    proposedBy: 'search',
    origin: 'model',
    ...byModel(0.7, 0.76),
    failure: {
      kind: 'pruned',
      message: 'ended early at step 50 of 100: 0.61 at look 2',
      facts: { evidence: 'below 0.65, made from 4 trainings' },
    },
  });
  add({
    purpose: 'repeat',
    seed: 43,
    values: { ...base, ...learningRate, ...epochs },
    change: epochs,
    proposedBy: 'agent',
    reason: { zh: '成对复测', en: 'paired with the best so far' },
    result: looked(0.755),
  });
  for (const values of [base, { ...base, ...learningRate, ...epochs }])
    add({ purpose: 'confirmation', seed: 1042, values, proposedBy: 'agent', result: looked(0.7) });
  return {
    ...state,
    status: 'completed',
    phase: 'ended',
    adviser: { kind: 'openai', model: 'gpt-test', note: '' },
    usage: { ...state.usage, calls: 7, attempts: 9, timeOuts: 2, adviserSeconds: 34 },
    untouched: 0.6634,
    fixed: [
      {
        key: 'LEARNING_RATE',
        value: 1e-4,
        trial: '4',
        rounds: 1,
        why: 'left early after 1 rounds',
        reason: { zh: '低于噪声', en: 'below noise it is' },
      },
    ],
    searchEnd: { zh: '自行结束', en: 'ends by itself, it does' },
    spent: 4,
    noise: { atDefault: 0.0048, atBase: 0.0067, repeats: 3 },
    outlook: { possible: { mean: 0.004, low: 0, high: 0.011 }, next: 0.0011, worthwhile: false },
    confirmation: {
      split: 'test',
      pairs: 500,
      baseline: 0.6676,
      best: 0.7352,
      difference: { mean: 0.0676, low: 0.04, high: 0.095 },
      seeds: [
        { seed: 42, baseline: 0.6676, best: 0.7352 },
        { seed: 1042, baseline: 0.6651, best: null },
      ],
      verdict: 'better',
      untouched: 0.6577,
      overUntouched: { mean: 0.0775, low: 0.05, high: 0.1 },
      seedSd: { baseline: 0.004, best: 0.008, measured: true },
    },
    published: { what: 'best', why: { zh: '留出数据确认更好', en: 'held-out data confirm that it is better' } },
    bestModel: 'models/x/best_overall_model',
  };
}

export const candidate = (change: Partial<Candidate>): Candidate => ({
  values: { WARMUP_RATIO: 0.2 },
  change: { WARMUP_RATIO: 0.2 },
  origin: 'model',
  mean: 0.7012,
  sd: 0.008,
  low: 0.688,
  high: 0.7144,
  gain: 0.0031,
  chance: 0.61,
  seconds: 24,
  ...change,
});

export const study = (next: Candidate[], change: Partial<Study> = {}): Study => ({
  base: { values: {}, mean: 0.698, sd: 0.003 },
  next,
  shortlist: [candidate({ values: { WEIGHT_DECAY: 0.1 }, change: { WEIGHT_DECAY: 0.1 }, mean: 0.699, sd: 0.006 })],
  keys: {
    WARMUP_RATIO: { gain: 0.0031, worthwhile: true, untried: 20 },
    WEIGHT_DECAY: { gain: 0.0004, worthwhile: false, untried: 21 },
  },
  winner: { values: {}, gain: 0.03, sd: 0.01 },
  noise: { atDefault: 0.0048, atBase: 0.0067, repeats: 2 },
  outlook: { possible: { mean: 0.004, low: 0, high: 0.011 }, next: 0.0003, worthwhile: false },
  ...change,
});
