import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { importanceOf, ranks } from '../../../src/dashboard/page/importance.mjs';
import type { Purpose, Values } from '../../../src/domain/trials.ts';

const trial = (score: number | null, values: Values, purpose: Purpose = 'round') => ({
  purpose,
  values,
  result: score === null ? null : { score },
});
const rate = { key: 'LEARNING_RATE', space: { type: 'float' } } as const;
const loss = { key: 'LOSS', space: { type: 'categorical' } } as const;

describe('importance of parameters', () => {
  test('a value that orders the scores explains all of their ranks, with its direction', () => {
    const trials = [1, 2, 3, 4].map((value) => trial(1 / value, { LEARNING_RATE: value }));
    expect(importanceOf(trials, [rate])[0]).toMatchObject({
      share: expect.closeTo(1),
      rho: expect.closeTo(-1),
      values: 4,
    });
  });

  test('choices are judged by the spread between them', () => {
    const trials = [trial(1, { LOSS: 'a' }), trial(2, { LOSS: 'a' }), trial(3, { LOSS: 'b' }), trial(4, { LOSS: 'b' })];
    expect(importanceOf(trials, [loss])[0]).toMatchObject({ share: expect.closeTo(0.8), rho: null });
  });

  test('nothing is said of a key with one value, of few trainings, and of trials that cannot be compared', () => {
    const one = [1, 2, 3, 4].map((score) => trial(score, { LEARNING_RATE: 1 }));
    const few = [1, 2, 3].map((score) => trial(score, { LEARNING_RATE: score }));
    const others = [trial(4, { LEARNING_RATE: 4 }, 'confirmation'), trial(null, { LEARNING_RATE: 5 })];
    expect(importanceOf(one, [rate])[0]!.share).toBeNull();
    expect(importanceOf([...few, ...others], [rate])[0]).toMatchObject({ share: null, trainings: 3 });
  });

  test('shares lie between 0 and 1, the strongest first', () => {
    const values = fc.record({
      LEARNING_RATE: fc.double({ noNaN: true, min: 0, max: 1 }),
      LOSS: fc.constantFrom('a', 'b', 'c'),
    });
    const trials = fc.array(fc.tuple(fc.double({ noNaN: true, min: -1, max: 1 }), values), { maxLength: 30 });
    fc.assert(
      fc.property(trials, (made) => {
        const shares = importanceOf(
          made.map(([score, own]) => trial(score, own)),
          [rate, loss],
        ).map(({ share }) => share);
        for (const share of shares) if (share !== null) expect(share >= -1e-9 && share <= 1 + 1e-9).toBe(true);
        expect((shares[0] ?? -1) >= (shares[1] ?? -1)).toBe(true);
      }),
    );
  });

  test('equal numbers share their rank', () => {
    expect(ranks([3, 1, 3, 2])).toEqual([3.5, 1, 3.5, 2]);
  });
});
