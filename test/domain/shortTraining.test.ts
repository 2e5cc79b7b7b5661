import { describe, expect, test } from '@jest/globals';
import { DEFAULT_SPACES } from '../../src/domain/searchSpace.ts';
import { isShort, moreThan } from '../../src/domain/shortTraining.ts';

describe('a short training', () => {
  test('has fewer than a hundred optimizer steps; of an unknown one nothing is said', () => {
    expect([isShort(99), isShort(100), isShort(null)]).toEqual([true, false, false]);
  });

  test('gets half of what is above it: by the scale of a range, by rank of choices', () => {
    const defaults = { LEARNING_RATE: 2e-5, NUM_TRAIN_EPOCHS: 1, TRAIN_BATCH_SIZE: 8 };
    expect(moreThan(defaults, DEFAULT_SPACES)).toEqual({ LEARNING_RATE: 1e-4, NUM_TRAIN_EPOCHS: 3 });
    const choices = {
      LEARNING_RATE: { type: 'float' as const, choices: [1e-5, 2e-5, 5e-5, 1e-4, 5e-4], scale: 'log' as const },
    };
    expect(moreThan(defaults, choices)).toEqual({ LEARNING_RATE: 1e-4 });
  });

  test('of keys that may not be tuned, or are at their top, nothing is changed', () => {
    expect(moreThan({ TRAIN_BATCH_SIZE: 8 }, { TRAIN_BATCH_SIZE: DEFAULT_SPACES['TRAIN_BATCH_SIZE']! })).toEqual({});
    expect(
      moreThan({ NUM_TRAIN_EPOCHS: 5 }, { NUM_TRAIN_EPOCHS: { type: 'int', min: 1, max: 5, scale: 'linear' } }),
    ).toEqual({});
  });
});
