import { afterAll, describe, expect, test } from '@jest/globals';
import { chooseAdviser } from '../../src/advisers/choose.ts';
import { localAdviser } from '../../src/advisers/local/localAdviser.ts';
import { LocalOptimiser } from '../../src/advisers/local/optimiser.ts';
import { asking, context, settings } from './context.ts';

const optimiser = new LocalOptimiser();
const adviser = localAdviser(optimiser);
afterAll(() => optimiser.dispose());

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
  });

  test('an optimiser that fails is an error with its words', async () => {
    await expect(
      optimiser.suggest({ key: 'X', space: { type: 'float', scale: 'log' } as never, trials: [], seed: 1 }),
    ).rejects.toThrow(/the local optimiser failed/);
  });
});

test('who advises follows from ADVISER and the key', () => {
  const given = (ADVISER: 'auto' | 'openai' | 'local') => ({ ...settings('http://127.0.0.1:1'), ADVISER });
  expect(chooseAdviser(given('auto'), null)).toBe('local');
  expect(chooseAdviser(given('auto'), 'sk-x')).toBe('openai');
  expect(chooseAdviser(given('local'), 'sk-x')).toBe('local');
  expect(() => chooseAdviser(given('openai'), null)).toThrow(/npm run setup-api-key/);
});
