/** What was measured already: asked once, or for many values at once, the answer is the same. */
import { expect, test } from '@jest/globals';
import { allMeasured, measured } from '../../src/domain/configurations.ts';
import { recordTrial } from '../../src/domain/runTrials.ts';
import { adviserContext } from '../../src/domain/trajectory.ts';
import type { RunState } from '../../src/domain/runState.ts';
import { result, run, trial } from './runs.ts';

const defaults = run().config.DEFAULT_CONFIG;
const VALUES = { LEARNING_RATE: defaults.LEARNING_RATE, TRAIN_BATCH_SIZE: defaults.TRAIN_BATCH_SIZE };
const RATES = [1e-5, 2e-5, 4e-5, 8e-5];
const BATCHES = [4, 8, 16, 32];

/** Values that come again, repeats that do not count, and batches that a remedy changed. */
function longRun(): RunState {
  const state = run();
  recordTrial(state, trial({ id: 'default', purpose: 'baseline', values: VALUES, result: result(0.5) }));
  for (let number = 2; number <= 60; number += 1) {
    const values = { LEARNING_RATE: RATES[number % 4]!, TRAIN_BATCH_SIZE: BATCHES[(number * 7) % 4]! };
    const remedy = { kind: 'oom' as const, before: { TRAIN_BATCH_SIZE: 64 }, after: { TRAIN_BATCH_SIZE: 32 } };
    recordTrial(
      state,
      trial({
        id: `t${number}`,
        number,
        purpose: number % 5 === 0 ? 'repeat' : 'round',
        values,
        remedies: number % 9 === 0 ? [remedy] : [],
        result: result(0.4 + number / 1000),
      }),
    );
  }
  return state;
}

test('asked one by one, and at once', () => {
  const state = longRun();
  const atOnce = allMeasured(state);
  const asked = RATES.flatMap((LEARNING_RATE) =>
    [...BATCHES, 64, 128].map((TRAIN_BATCH_SIZE) => ({ LEARNING_RATE, TRAIN_BATCH_SIZE })),
  );
  const found = asked.map((values) => measured(state, values)?.id ?? null);
  expect(asked.map((values) => atOnce(values)?.id ?? null)).toEqual(found);
  expect(new Set(found).size).toBeGreaterThan(5);
  expect(found).toContain(null);
});

test('an adviser is told each value of the key in hand once, with the first score', () => {
  const state = longRun();
  const told = adviserContext(state, 'LEARNING_RATE').measuredHere;
  expect(told.map(({ value }) => value)).toEqual([...new Set(told.map(({ value }) => value))]);
  for (const { value, score } of told)
    expect(measured(state, { ...VALUES, LEARNING_RATE: value as number })?.result?.score).toBe(score);
});
