import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { configFor, currentValues, measured } from '../../src/domain/configurations.ts';
import { standardError, noticeableDifference } from '../../src/domain/noise.ts';
import { detailsTable } from '../../src/domain/detailsTable.ts';
import { formatValue, formatsOf } from '../../src/domain/formats.ts';
import { CORRELATION } from '../../src/domain/metric.ts';
import { incumbentOf, recordTrial } from '../../src/domain/runTrials.ts';
import { PROTECTED_KEYS, refuseValue, tunableNames } from '../../src/domain/searchSpace.ts';
import { checkSuggestion, refusePlan } from '../../src/domain/suggestions.ts';
import { trainingConfigSchema } from '../../src/domain/trainingConfig.ts';
import { canonicalJson, trialId } from '../../src/domain/trialIdentity.ts';
import { addCall, adviserBudgetSpent, costOf, trainingAllowance, NO_USAGE } from '../../src/domain/usage.ts';
import { FACTS, config, result, run, trial } from './runs.ts';

const reason = { zh: '因', en: 'why' };

test('every key of a configuration is either tunable or protected, never both', () => {
  for (const key of Object.keys(trainingConfigSchema.shape))
    expect([key, tunableNames().includes(key) !== key in PROTECTED_KEYS]).toEqual([key, true]);
});

describe('the identity of a trial', () => {
  const defaults = config().DEFAULT_CONFIG;
  test('does not change with places and rhythms of logging', () => {
    expect(
      trialId(
        {
          ...defaults,
          OUTPUT_DIR_ROOT: 'elsewhere',
          STORE: 's3://store',
          RUN_NAME_PREFIX: 'x',
          LOGGING_STEPS: 1,
          SAVE_STEPS: 100,
        },
        FACTS,
      ),
    ).toBe(trialId(defaults, FACTS));
  });

  test.each([
    'LEARNING_RATE',
    'SEED',
    'NUM_TRAIN_EPOCHS',
    'TRAIN_BATCH_SIZE',
    'GRAD_ACC_STEPS',
    'WARMUP_RATIO',
    'WEIGHT_DECAY',
    'EVAL_STEPS',
    'EVAL_BATCH_SIZE',
  ] as const)('changes with %s', (key) => {
    expect(trialId({ ...defaults, [key]: defaults[key] + 1 }, FACTS)).not.toBe(trialId(defaults, FACTS));
  });

  test('changes with data, weights, versions, device and threads', () => {
    const others = [
      { ...FACTS, threads: 1 },
      { ...FACTS, versions: { torch: '3' } },
      { ...FACTS, device: { ...FACTS.device, type: 'cuda' as const } },
      { ...FACTS, inspection: { ...FACTS.inspection, data: { ...FACTS.inspection.data, fingerprint: 'other' } } },
      { ...FACTS, inspection: { ...FACTS.inspection, model: { ...FACTS.inspection.model, fingerprint: 'other' } } },
    ];
    expect(new Set([FACTS, ...others].map((facts) => trialId(defaults, facts))).size).toBe(6);
  });

  test('the canonical JSON does not depend on the order of keys', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        (value) => canonicalJson(Object.fromEntries(Object.entries(value).toReversed())) === canonicalJson(value),
      ),
    );
  });
});

describe('values and suggestions', () => {
  const spaces = config().TUNABLE_KEYS;
  test.each<[string, unknown, RegExp | null]>([
    ['LEARNING_RATE', 1e-4, null],
    ['LEARNING_RATE', 1, /outside its range/],
    ['LEARNING_RATE', '1e-4', /not a number/],
    ['LEARNING_RATE', Number.NaN, /not a number/],
    ['LEARNING_RATE', null, /not a number/],
    ['NUM_TRAIN_EPOCHS', 2.5, /whole number/],
    ['TRAIN_BATCH_SIZE', 7, /among the choices/],
    ['LR_SCHEDULER', 'cosine', null],
    ['LR_SCHEDULER', 'warp', /among the choices/],
  ])('%s = %j', (key, value, problem) => {
    const verdict = refuseValue(key, value, spaces[key]!);
    if (problem) expect(verdict).toMatch(problem);
    else expect(verdict).toBeNull();
  });

  test('a suggestion is tried, refused with the reason, or ends the parameter', () => {
    const check = (change: object, tried = false) =>
      checkSuggestion(
        { key: 'LEARNING_RATE', value: 1e-4, exhausted: false, reason, ...change },
        'LEARNING_RATE',
        spaces['LEARNING_RATE']!,
        () => tried,
      );
    expect(check({})).toEqual({ verdict: 'try', value: 1e-4 });
    expect(check({ exhausted: true, value: null })).toEqual({ verdict: 'exhausted' });
    expect(check({}, true)).toMatchObject({ why: expect.stringContaining('measured already') });
    expect(check({ key: 'STSB_DEV_SPLIT' })).toMatchObject({ why: expect.stringContaining('protected') });
    expect(check({ key: 'WEIGHT_DECAY' })).toMatchObject({ why: expect.stringContaining('in hand is LEARNING_RATE') });
    expect(check({ value: null })).toMatchObject({ why: expect.stringContaining('not exhausted') });
  });

  test('a plan may touch tunable keys alone', () => {
    const plan = (base_config: { key: string; value: string | number }[], priority_keys: string[]) =>
      refusePlan({ base_config, priority_keys, reason }, spaces, 2);
    expect(plan([{ key: 'LEARNING_RATE', value: 1e-4 }], ['LEARNING_RATE'])).toEqual([]);
    expect(plan([{ key: 'SEED', value: 1 }], ['LEARNING_RATE']).join()).toContain('SEED is protected');
    expect(plan([], ['LOSS']).join()).toContain('LOSS is not among TUNABLE_KEYS');
    expect(plan([], ['FOO']).join()).toContain('FOO is not a known parameter');
    expect(plan([], ['LEARNING_RATE', 'LEARNING_RATE']).join()).toContain('twice');
    expect(plan([], ['LEARNING_RATE', 'WEIGHT_DECAY', 'WARMUP_RATIO']).join()).toContain('at most 2');
  });
});

describe('a run remembers', () => {
  test('the higher score becomes the incumbent, an equal one does not, a failed one never', () => {
    const state = run();
    const base = currentValues(state);
    recordTrial(state, trial({ id: 'a'.repeat(16), purpose: 'baseline', values: base, result: result(0.6) }));
    expect(
      recordTrial(state, trial({ id: 'b'.repeat(16), values: { ...base, LEARNING_RATE: 1e-4 }, result: result(0.6) }))
        .accepted,
    ).toBe(false);
    expect(
      recordTrial(
        state,
        trial({
          id: 'c'.repeat(16),
          values: { ...base, LEARNING_RATE: 2e-4 },
          failure: { kind: 'nan', message: '', facts: {} },
        }),
      ).accepted,
    ).toBe(false);
    expect(
      recordTrial(state, trial({ id: 'd'.repeat(16), values: { ...base, LEARNING_RATE: 3e-4 }, result: result(0.7) })),
    ).toMatchObject({ accepted: true, delta: expect.closeTo(0.1) });
    expect(incumbentOf(state)!.id).toBe('d'.repeat(16));
    expect(measured(state, { ...base, LEARNING_RATE: 2e-4 })?.id).toBe('c'.repeat(16));
    expect(measured(state, { ...base, LEARNING_RATE: 9e-5 })).toBeNull();
  });

  test('a configuration is made of tunable values alone', () => {
    const state = run();
    expect(
      configFor(state, { LEARNING_RATE: 1e-4, SEED: 7, DATASET_NAME: '/etc/passwd', __proto__: 1 } as never),
    ).toEqual({ ...state.config.DEFAULT_CONFIG, LEARNING_RATE: 1e-4 });
  });

  test('the table for the Web UI escapes what it shows', () => {
    const state = run();
    recordTrial(state, trial({ key: 'LR_SCHEDULER', values: { LR_SCHEDULER: 'a|b<script>' }, result: result(0.5) }));
    expect(detailsTable(state)).toContain('a\\|b\\<script\\>');
  });
});

describe('limits', () => {
  const limits = { ...config().AGENT_SETTINGS, GPT_PRICE_INPUT: 2, GPT_PRICE_OUTPUT: 10 };
  test('tokens and money are added exactly', () => {
    const usage = addCall(
      addCall(NO_USAGE, { promptTokens: 1000, completionTokens: 100 }, limits),
      { promptTokens: 500, completionTokens: 50 },
      limits,
    );
    expect(usage).toMatchObject({
      calls: 2,
      promptTokens: 1500,
      completionTokens: 150,
      costUsd: expect.closeTo(0.0045),
    });
    expect(costOf({ promptTokens: 1, completionTokens: 1 }, config().AGENT_SETTINGS)).toBeNull();
    expect(adviserBudgetSpent(usage, { ...limits, MAX_TOKENS: 1650 })).toContain('MAX_TOKENS');
    expect(adviserBudgetSpent(usage, { ...limits, MAX_TOKENS: 1651 })).toBeNull();
    expect(adviserBudgetSpent(usage, { ...limits, MAX_COST_USD: 0.004 })).toContain('MAX_COST_USD');
  });

  test('training time that is left bounds the next training', () => {
    const usage = { ...NO_USAGE, trainSeconds: 70 };
    expect(trainingAllowance(usage, limits)).toBeNull();
    expect(trainingAllowance(usage, { ...limits, MAX_TRAIN_SECONDS: 100 })).toBe(30);
    expect(trainingAllowance(usage, { ...limits, MAX_TRAIN_SECONDS: 100, MAX_TRIAL_SECONDS: 10 })).toBe(10);
    expect(trainingAllowance(usage, { ...limits, MAX_TRAIN_SECONDS: 60 })).toBe(0);
  });
});

test('noise falls with pairs and with the score, as Bonett and Wright have it', () => {
  expect(standardError(0, 103, CORRELATION)).toBeCloseTo(0.1, 3);
  expect(standardError(0.9, 103, CORRELATION)).toBeCloseTo(0.19 * Math.sqrt(1.405 / 100), 6);
  expect(standardError(0.5, 3, CORRELATION)).toBe(1);
  expect(noticeableDifference(0.67, 100, CORRELATION)).toBeGreaterThan(noticeableDifference(0.67, 1000, CORRELATION)!);
});

test('numbers are shown as people read them', () => {
  expect([
    formatValue(2e-5),
    formatValue(0.1),
    formatValue(8),
    formatValue('cosine'),
    formatValue(1.5e-4),
    formatValue(0),
  ]).toEqual(['2e-5', '0.1', '8', 'cosine', '1.5e-4', '0']);
  const { formatScore, formatDelta } = formatsOf(CORRELATION);
  expect([formatScore(0.67891), formatScore(null), formatDelta(-0.01), formatDelta(0.0123)]).toEqual([
    '0.6789',
    '–',
    '−0.0100',
    '+0.0123',
  ]);
});
