/** The benchmark's own rules: draws that Python makes alike, a best that pruning cannot be, intervals, a story on a table. */
import { describe, expect, test } from '@jest/globals';
import { defaultPlace, drawnOf, mix, placeOf, regretIn, valuesOf } from '../../scripts/bench/advice/grid.ts';
import type { Grid } from '../../scripts/bench/advice/grid.ts';
import { bestOf, bestWithin, pooled } from '../../scripts/bench/advice/measures.ts';
import { FULL, QUICK, blocks } from '../../scripts/bench/advice/plan.ts';
import { play } from '../../scripts/bench/advice/story.ts';
import { methodOf } from '../../scripts/bench/advice/methods.ts';
import { studyInOrder } from '../workflows/studyInOrder.ts';

const grid: Grid = {
  name: 'small',
  family: 'b',
  half: 'kept',
  spaces: {
    rate: { type: 'float', scale: 'linear', choices: [0.1, 0.2, 0.3] },
    size: { type: 'int', scale: 'linear', choices: [1, 2] },
    kind: { type: 'categorical', scale: 'linear', choices: ['a', 'b'] },
  },
  middle: 5,
  random: [0, 11],
  draws: 2,
  score: Array.from({ length: 24 }, (_, at) => at / 100),
  seconds: Array.from({ length: 24 }, () => 2),
  truth: Array.from({ length: 12 }, (_, place) => place / 50),
  untouched: null,
};

describe('a table as a grid', () => {
  test('configurations are numbered in the order of their keys, the last fastest', () => {
    expect(valuesOf(grid, 5)).toEqual({ rate: 0.2, size: 1, kind: 'b' });
    for (let place = 0; place < 12; place += 1) expect(placeOf(grid, valuesOf(grid, place))).toBe(place);
    expect(() => placeOf(grid, { rate: 0.15, size: 1, kind: 'a' })).toThrow('rate = 0.15 is not in the table');
  });

  test('draws are those of grids.py', () => {
    expect([mix(0, 0), mix(12345, 7), mix(62207, 99)]).toEqual([1421339475, 2800861067, 2627053569]);
  });

  test('a run sees the same training again, and another one with a fresh seed', () => {
    expect(drawnOf(grid, 3, 4, 0)).toEqual(drawnOf(grid, 3, 4, 0));
    expect(drawnOf(grid, 3, 4, 1).score).not.toBe(drawnOf(grid, 3, 4, 0).score);
    expect(drawnOf(grid, 3, 4, 2)).toEqual(drawnOf(grid, 3, 4, 0));
  });

  test('looks end with the score', () => {
    const looks = Array.from({ length: 72 }, (_, at) => at / 1000);
    expect(drawnOf({ ...grid, looks }, 0, 0, 0).looks).toHaveLength(4);
    const drawn = drawnOf({ ...grid, looks }, 2, 1, 0);
    expect(drawn.looks!.at(-1)).toBe(drawn.score);
  });

  test('regret is 0 for the best and 1 for the median', () => {
    const regret = regretIn([0, 1, 2, 3, 4]);
    expect([regret(4), regret(2), regret(0)]).toEqual([0, 1, 2]);
    expect(defaultPlace(grid, 'R', 3)).toBe(11);
  });
});

describe('measures', () => {
  test('the best is the highest mean over seeds, and never a training that was ended early', () => {
    expect(
      bestOf([
        [1, 0.5, 1],
        [2, 0.9, 1],
        [2, 0.2, 1],
        [3, null, 1, 0, 'round', 0.99],
        [4, 0.6, 1],
      ]),
    ).toBe(4);
  });

  test('what is not over in time does not count, the default always', () => {
    const trainings: [number, number, number][] = [
      [1, 0.1, 5],
      [2, 0.2, 5],
      [3, 0.3, 5],
    ];
    expect([1, 10, 14, 15].map((seconds) => bestWithin(trainings, seconds))).toEqual([1, 2, 2, 3]);
  });

  test('groups count equally, whatever their size', () => {
    expect(pooled([[1], [3, 3, 3]])).toMatchObject({ mean: 2, low: 2, high: 2, runs: 4 });
    expect(pooled([[], []])).toBeNull();
    const { low, high } = pooled([[0, 1, 0, 1, 0, 1, 0, 1]])!;
    expect([low < 0.5, high > 0.5]).toEqual([true, true]);
  });
});

describe('the plan', () => {
  test.each([FULL, QUICK])('every run of every stage is in one block', (...stages) => {
    for (const stage of stages) {
      const parts = [...blocks(stages)].filter((part) => part.stage === stage);
      expect(parts[0]!.from).toBe(0);
      expect(parts.at(-1)!.to).toBe(stage.runs);
      expect(parts.every(({ to }, index) => index === parts.length - 1 || parts[index + 1]!.from === to)).toBe(true);
      if (stage.by === 'story') stage.methods.forEach(methodOf);
    }
  });
});

test('the real story runs on a table: the default first, the pool used up, seconds side by side', async () => {
  const services = { search: { study: async (request: never) => studyInOrder(request) }, heldOut: null };
  const job = { grid: 'small', start: 'M' as const, run: 1, budget: 4 };
  const one = await play(grid, { ...job, method: 'adaptive' }, services as never);
  expect(one.trainings.map(([place]) => place)[0]).toBe(5);
  expect(one.trainings).toHaveLength(4);
  expect(one.makespan).toBe(8);
  const two = await play(grid, { ...job, method: 'adaptive, 2 slots' }, services as never);
  expect(two.trainings).toHaveLength(4);
  expect(two.makespan).toBe(6);
});
