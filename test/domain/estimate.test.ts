/** What a run will take: the arithmetic, and the promises that hold for every run. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { currentValues } from '../../src/domain/configurations.ts';
import { wholeRun, whatIsLeft } from '../../src/domain/estimate.ts';
import type { Range } from '../../src/domain/estimated.ts';
import { dollarText, firstText, leftText, spanText } from '../../src/domain/estimateWords.ts';
import type { RunState } from '../../src/domain/runState.ts';
import { recordTrial } from '../../src/domain/runTrials.ts';
import type { TrialResult } from '../../src/domain/trials.ts';
import { measuredCost, trainingSeconds } from '../../src/domain/trainingCost.ts';
import { TIMING, result, run, trial } from './runs.ts';

/** A run at the moment of its first estimate. One slot, one thing after another. */
const beginning = (...set: string[]): RunState => ({
  ...run('TRAINING_SLOTS=1', ...set),
  timing: TIMING,
  untouched: 0.6,
});
/** As it is with one key that costs nothing, no noise and no confirmation: trainings of the default alone. */
const PLAIN = ['NOISE_SEEDS=0', 'CONFIRM_SEEDS=0', 'STOP_WHEN=budget', 'PRUNING=false', 'STSB_TEST_SPLIT=none'];
const plain = (rounds: number): RunState => {
  const state = beginning(...PLAIN, 'MAX_PRIORITY_PARAMS=1', `ROUNDS_PER_PARAM=${rounds}`);
  const { LEARNING_RATE } = state.config.TUNABLE_KEYS;
  const { splits, ...data } = state.trainer!.inspection.data;
  return {
    ...state,
    config: { ...state.config, TUNABLE_KEYS: { LEARNING_RATE: LEARNING_RATE! } },
    trainer: {
      ...state.trainer!,
      inspection: { ...state.trainer!.inspection, data: { ...data, splits: { ...splits, test: null } } },
    },
  };
};
/** 25 steps of 0.2 s, four looks and half another of 0.4 s, 0.5 s to load, 0.3 s to write. */
const ONE = 25 * 0.2 + 4.5 * 0.4 + 0.5 + 0.3;

const measuredAs = (state: RunState, change: Partial<TrialResult>, values = currentValues(state)): void => {
  const number = state.trials.length + 1;
  const purpose = number === 1 ? 'baseline' : 'noise';
  recordTrial(
    state,
    trial({ id: `t-${number}`, number, purpose, key: null, values, result: { ...result(0.6), ...change } }),
  );
};

describe('a run without surprises', () => {
  test('takes its trainings, one after the other, and what lies between them', () => {
    const { seconds, trainings, usd } = wholeRun(plain(4), 10)!;
    expect(trainings.middle).toBe(5);
    expect(trainings.high).toBe(5);
    expect(seconds.middle).toBeGreaterThan(10 + 5 * ONE);
    expect(seconds.middle).toBeLessThan(10 + 5 * (ONE + 1) + 5);
    expect(seconds.low).toBeLessThan(seconds.middle);
    expect(usd).toBeNull();
  });

  test('is told nothing of before something was timed or trained; then the first training tells', () => {
    const state = { ...plain(4), timing: null };
    expect(whatIsLeft(state)).toBeNull();
    measuredAs(state, { trainSeconds: 30 });
    state.phase = 'tuning';
    expect(whatIsLeft(state)!.seconds.middle).toBeGreaterThan(4 * 30);
    expect(whatIsLeft(state)!.seconds.middle).toBeLessThan(4 * 32 + 5);
  });

  test('measured trainings replace the timing; those of earlier runs and resumed ones tell nothing', () => {
    const state = plain(4);
    const before = whatIsLeft({ ...state, phase: 'tuning' })!.seconds.middle;
    measuredAs(state, { trainSeconds: 500, from: 'another-run' });
    measuredAs(state, { trainSeconds: 500, attempts: 2 });
    expect(whatIsLeft({ ...state, phase: 'tuning' })!.seconds.middle).toBe(before);
    measuredAs(state, { trainSeconds: 3 * (ONE - 0.5) });
    expect(whatIsLeft({ ...state, phase: 'tuning' })!.seconds.middle).toBeGreaterThan(2.5 * before);
  });

  test('is over at its end', () => {
    const state: RunState = { ...plain(4), phase: 'ended', spent: 4 };
    expect(whatIsLeft(state)!.seconds.middle).toBe(0);
    expect(whatIsLeft(state)!.trainings.high).toBe(0);
  });
});

test('more epochs cost more, larger batches less by their fixed part, and a base configuration is foreseen', () => {
  const keys = (key: string) => {
    const state = beginning(...PLAIN, 'MAX_PRIORITY_PARAMS=1');
    const { [key]: space } = state.config.TUNABLE_KEYS;
    return wholeRun({ ...state, config: { ...state.config, TUNABLE_KEYS: { [key]: space! } } }, 0)!.seconds;
  };
  expect(keys('NUM_TRAIN_EPOCHS').middle).toBeGreaterThan(1.5 * keys('WARMUP_RATIO').middle);
  expect(keys('TRAIN_BATCH_SIZE').middle).not.toBe(keys('WARMUP_RATIO').middle);
  // 25 steps are few: the plan will begin with more epochs. 1,000 are not.
  const long = {
    ...beginning(...PLAIN),
    timing: { ...TIMING, totalSteps: 1000, step: (25 * TIMING.step) / 1000, stepFixed: 0 },
  };
  const short = { ...beginning(...PLAIN), timing: { ...TIMING, stepFixed: 0 } };
  expect(wholeRun(long, 0)!.seconds.middle).toBeLessThan(wholeRun(short, 0)!.seconds.middle);
});

test('a base model costs what it took to score as it came, beside the default one', () => {
  const state = beginning(...PLAIN);
  const { BASE_MODEL } = state.config.DEFAULT_CONFIG;
  const of = (score: number, seconds: number) => ({ score, seconds });
  const several = { ...state, untouchedModels: { [BASE_MODEL]: of(0.6, 2), large: of(0.6, 8), unknown: of(0.6, 0) } };
  const space = { type: 'categorical' as const, choices: [BASE_MODEL, 'large', 'unknown'], scale: 'linear' as const };
  several.config = { ...state.config, TUNABLE_KEYS: { ...state.config.TUNABLE_KEYS, BASE_MODEL: space } };
  const cost = (model: string, measured: Parameters<typeof trainingSeconds>[1] = null) =>
    trainingSeconds(several, measured)!({ ...currentValues(several), BASE_MODEL: model }) - TIMING.startup;
  expect(cost(BASE_MODEL)).toBeCloseTo(ONE - TIMING.startup);
  expect(cost('large')).toBeCloseTo(4 * cost(BASE_MODEL));
  expect(cost('unknown')).toBeCloseTo(cost(BASE_MODEL));
  // A training of the larger one that took what it was expected to says that the timing is right.
  measuredAs(several, { trainSeconds: cost('large') }, { ...currentValues(several), BASE_MODEL: 'large' });
  expect(measuredCost(several)!.factor).toBeCloseTo(1);
});

test('a key whose cost nobody knows widens the range', () => {
  const state = beginning();
  const config = {
    ...state.config,
    TUNABLE_KEYS: {
      ...state.config.TUNABLE_KEYS,
      DROPPED_LAYERS: { type: 'int' as const, choices: [0, 1, 2], scale: 'linear' as const },
    },
  };
  expect(width(wholeRun({ ...state, config }, 0)!.seconds)).toBeGreaterThan(width(wholeRun(state, 0)!.seconds));
});

test('slots shorten a run, and by no more than their number', () => {
  const of = (slots: number) =>
    wholeRun({ ...run(`TRAINING_SLOTS=${slots}`, 'STOP_WHEN=budget'), timing: TIMING }, 0)!.seconds.middle;
  expect(of(2)).toBeLessThan(of(1));
  expect(of(2)).toBeGreaterThan(of(1) / 2);
  expect(of(4)).toBeLessThan(of(2));
});

test('a training that is under way is still to come', () => {
  const state: RunState = { ...plain(4), phase: 'tuning', spent: 2 };
  measuredAs(state, {});
  recordTrial(state, trial({ id: 'r', number: 2, values: currentValues(state), result: result(0.61) }));
  // One of the two that the pool counts has ended, and two are left.
  expect(whatIsLeft(state)!.trainings.middle).toBe(3);
});

describe('money', () => {
  const advised = (...set: string[]): RunState => ({
    ...beginning('ADVISER=hybrid', ...set),
    adviser: { kind: 'openai', model: 'm', note: '' },
  });
  const PRICES = ['GPT_PRICE_INPUT=2', 'GPT_PRICE_OUTPUT=8'];

  test('is unknown without prices, and a question of known length costs what it costs', () => {
    expect(wholeRun(advised(), 0)!.usd).toBeNull();
    const usd = wholeRun(advised(...PRICES), 0)!.usd!;
    expect(usd.low).toBeLessThan(usd.middle);
    const state = advised(...PRICES);
    state.usage = {
      ...state.usage,
      calls: 4,
      promptTokens: 40_000,
      completionTokens: 4000,
      costUsd: 0.112,
      adviserSeconds: 8,
    };
    // Five times as long as was guessed.
    expect(wholeRun(state, 0)!.usd!.middle).toBeGreaterThan(2 * usd.middle);
  });

  test('stops where the language model is left alone', () => {
    const state = { ...advised(...PRICES), adviserClosed: 'it was refused' };
    expect(wholeRun(state, 0)!.usd).toBeNull();
  });
});

const width = ({ low, middle, high }: Range): number => (high - low) / middle;

describe('for every plan', () => {
  const plans = fc.record({
    keys: fc.integer({ min: 1, max: 6 }),
    rounds: fc.integer({ min: 1, max: 8 }),
    noise: fc.integer({ min: 0, max: 4 }),
    confirm: fc.integer({ min: 0, max: 4 }),
    slots: fc.integer({ min: 1, max: 4 }),
    stop: fc.constantFrom('budget' as const, 'no_gain' as const),
    search: fc.constantFrom('by_parameter' as const, 'adaptive' as const, 'free' as const),
  });
  type Plan = typeof plans extends fc.Arbitrary<infer One> ? One : never;
  const usual = run();
  const of = ({ keys, rounds, noise, confirm, slots, stop, search }: Plan): RunState => ({
    ...usual,
    trials: [],
    config: {
      ...usual.config,
      AGENT_SETTINGS: {
        ...usual.config.AGENT_SETTINGS,
        MAX_PRIORITY_PARAMS: keys,
        ROUNDS_PER_PARAM: rounds,
        NOISE_SEEDS: noise,
        CONFIRM_SEEDS: confirm,
        TRAINING_SLOTS: slots,
        STOP_WHEN: stop,
        SEARCH: search,
      },
    },
    timing: TIMING,
  });
  const estimate = (plan: Plan) => wholeRun(of(plan), 0)!;

  test('low, middle and high are in order, and trainings stay within the bound of the plan', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const { seconds, trainings } = estimate(plan);
        for (const { low, middle, high } of [seconds, trainings]) {
          expect(low).toBeLessThanOrEqual(middle);
          expect(middle).toBeLessThanOrEqual(high);
        }
        expect(trainings.high).toBeLessThanOrEqual(1 + plan.noise + plan.keys * plan.rounds + 2 * plan.confirm);
      }),
    );
  });

  test.each(['rounds', 'noise', 'confirm'] as const)('more %s never estimate less', (what) => {
    fc.assert(
      fc.property(plans, (plan) => {
        const [less, more] = [estimate(plan), estimate({ ...plan, [what]: plan[what] + 1 })];
        for (const bound of ['low', 'middle', 'high'] as const) {
          expect(more.trainings[bound]).toBeGreaterThanOrEqual(less.trainings[bound]);
          expect(more.seconds[bound]).toBeGreaterThanOrEqual(less.seconds[bound] - 1e-9);
        }
      }),
    );
  });

  test('steps, evaluations or loading that take longer never estimate less', () => {
    const parts = fc.constantFrom('step', 'evaluation', 'startup', 'save');
    fc.assert(
      fc.property(plans, parts, fc.double({ min: 1, max: 5, noNaN: true }), (plan, part, factor) => {
        const state = of(plan);
        const slower = { ...state, timing: { ...TIMING, [part]: TIMING[part] * factor } };
        expect(wholeRun(slower, 0)!.seconds.middle).toBeGreaterThanOrEqual(wholeRun(state, 0)!.seconds.middle);
      }),
    );
  });

  test('a training that took what was expected of it narrows the range of what is left', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const state = { ...of(plan), phase: 'tuning' as const };
        const before = whatIsLeft(state)!.seconds;
        measuredAs(state, { trainSeconds: ONE - 0.5 });
        const after = whatIsLeft(state)!.seconds;
        expect(after.middle).toBeCloseTo(before.middle, 6);
        expect(after.high - after.low).toBeLessThan(before.high - before.low);
      }),
    );
  });
});

describe('in words', () => {
  test.each([
    [{ low: 240, middle: 360, high: 540 }, '6 min (4–9)', '6 分钟（4–9）'],
    [{ low: 30.2, middle: 45, high: 80 }, '45 s (30–80)', '45 秒（30–80）'],
    [{ low: 9000, middle: 12_600, high: 20_000 }, '3.5 h (2.5–5.5)', '3.5 小时（2.5–5.5）'],
    [{ low: 0, middle: 0, high: 0 }, '0 s (0–0)', '0 秒（0–0）'],
  ])('%j is %s', (range, en, zh) => expect(spanText(range)).toEqual({ en, zh }));

  test('the start says time, trainings and money; a screen says what is left', () => {
    const seconds = { low: 240, middle: 360, high: 540 };
    const trainings = { low: 10, middle: 16, high: 22 };
    const usd = { low: 0.01, middle: 0.02, high: 0.03 };
    expect(firstText({ seconds, trainings, usd }).en).toBe(
      'About 6 min (4–9) for up to 22 trainings; adviser about $0.02',
    );
    expect(firstText({ seconds, trainings, usd: null }).zh).toBe('约 6 分钟（4–9），最多 22 次训练');
    expect(leftText({ seconds })).toEqual({ en: 'about 6 min left (4–9)', zh: '约剩 6 分钟（4–9）' });
    expect(dollarText(0.0042)).toBe('$0.004');
  });
});
