import { afterAll, describe, expect, test } from '@jest/globals';
import { chooseAdviser } from '../../src/advisers/choose.ts';
import { localAdviser } from '../../src/advisers/local/localAdviser.ts';
import { SearchModel } from '../../src/advisers/local/searchModel.ts';
import type { StudyRequest } from '../../src/domain/study.ts';
import { asking, context, settings } from './context.ts';

const search = new SearchModel();
const adviser = localAdviser(search);
afterAll(() => search.dispose());

const request = (change: Partial<StudyRequest> = {}): StudyRequest => ({
  spaces: {
    LEARNING_RATE: { type: 'float', min: 1e-6, max: 5e-4, scale: 'log' },
    LOSS: { type: 'categorical', choices: ['cosent', 'cosine'], scale: 'linear' },
  },
  defaults: { LEARNING_RATE: 2e-5, LOSS: 'cosent' },
  trials: [{ values: { LEARNING_RATE: 2e-5, LOSS: 'cosent' }, seed: 1, score: 0.6, pruned: false, seconds: 8 }],
  mode: 'adaptive',
  keys: null,
  probes: [],
  hints: [],
  count: 2,
  left: 9,
  pool: 9,
  seed: 1,
  ...change,
});

describe('the search model', () => {
  test('proposes as many untried trainings as are wanted, and says what it expects', async () => {
    const { next, keys, noise, base } = await search.study(request());
    expect(next).toHaveLength(2);
    expect(new Set(next.map(({ values }) => JSON.stringify(values))).size).toBe(2);
    for (const candidate of next) {
      expect(candidate.low).toBeLessThan(candidate.high);
      expect(candidate.values).not.toEqual(base.values);
    }
    expect(Object.keys(keys)).toEqual(['LEARNING_RATE', 'LOSS']);
    expect(noise.repeats).toBe(0);
  });

  test('says what is expected of trainings that others thought of', async () => {
    const wanted = [
      { LEARNING_RATE: 3e-5, LOSS: 'cosent' },
      { LEARNING_RATE: 5e-4, LOSS: 'cosine' },
    ];
    const { expected } = await search.study(request({ expect: wanted }));
    expect(expected).toHaveLength(2);
    for (const { low, high } of expected!) expect(low).toBeLessThan(high);
    // The farther from what is known, the less is sure.
    expect(expected![1]!.high - expected![1]!.low).toBeGreaterThan(expected![0]!.high - expected![0]!.low);
    expect((await search.study(request())).expected).toBeUndefined();
  });

  test('answers the same question with the same words, and several at once', async () => {
    const [first, second] = await Promise.all([search.study(request()), search.study(request())]);
    expect(second).toEqual(first);
  });

  test('a question that it cannot answer is an error with its words, and the next one is answered', async () => {
    await expect(search.study(request({ spaces: { X: { type: 'float', scale: 'log' } } }))).rejects.toThrow(
      /the search model failed: KeyError/,
    );
    await expect(search.study(request({ count: 1 }))).resolves.toMatchObject({ base: { mean: expect.any(Number) } });
  });
});

describe('the local adviser', () => {
  test('plans the parameters that usually matter, and says that no language model was asked', async () => {
    const { value } = await adviser.plan({
      ...asking('http://127.0.0.1:1'),
      context: context(),
      repair: null,
    });
    expect(value).toMatchObject({
      base_config: [],
      priority_keys: ['LEARNING_RATE', 'NUM_TRAIN_EPOCHS', 'TRAIN_BATCH_SIZE'],
    });
    expect(value!.reason.en).toContain('No language model');
  });

  test('suggests a new value inside the space, the same for the same trials', async () => {
    const ask = () => adviser.suggest({ ...asking('http://127.0.0.1:1'), context: context(), repair: null });
    const [first, second] = [(await ask()).value!, (await ask()).value!];
    expect(second).toEqual(first);
    expect(first.value).toBeGreaterThanOrEqual(1e-6);
    expect(first.value).toBeLessThanOrEqual(5e-4);
    expect(context().measuredHere.map(({ value }) => value)).not.toContain(first.value);
    expect(first.reason.en).toMatch(/search model \(a Gaussian process\) proposes .+ from 3 measured values/);
    expect(JSON.stringify(first)).not.toContain('TPE');
  });

  test('calls a rule a rule', async () => {
    const only = { ...context(0) };
    const { value } = await adviser.suggest({ ...asking('http://127.0.0.1:1'), context: only, repair: null });
    expect(value!.reason.en).toContain('by rule');
    expect(value!.value).toBeCloseTo(1e-4, 6);
  });
});

test('who advises follows from ADVISER and the key', () => {
  const given = (ADVISER: 'auto' | 'openai' | 'local') => ({ ...settings('http://127.0.0.1:1'), ADVISER });
  expect(chooseAdviser(given('auto'), null)).toBe('local');
  expect(chooseAdviser(given('auto'), 'sk-x')).toBe('openai');
  expect(chooseAdviser(given('local'), 'sk-x')).toBe('local');
  expect(() => chooseAdviser(given('openai'), null)).toThrow(/npm run setup-api-key/);
  expect(() => chooseAdviser(given('openai'), null, true)).toThrow(/schedule is gone: `npm run schedule -- resume/);
});
