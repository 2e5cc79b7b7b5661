import { describe, expect, test } from '@jest/globals';
import { costOf, sharesFrom, survivors } from '../../src/domain/opening.ts';

describe('successive halving', () => {
  test('each rung trains on twice the rows of the one before, and never on all', () => {
    expect(sharesFrom(0.125)).toEqual([0.125, 0.25, 0.5]);
    expect(sharesFrom(0.3)).toEqual([0.3, 0.6]);
    expect(sharesFrom(1)).toEqual([]);
  });

  test('a rung costs its share of all of its trainings, the default among them', () => {
    expect(costOf(6, 0.25)).toBe(2);
    expect(costOf(3, 0.5)).toBe(2);
    expect(costOf(1, 0.5)).toBe(1);
  });

  test('the better half goes on, best first, and only what is ahead of the default', () => {
    const left = survivors(['a', 'b', 'c', 'd'], [0.5, 0.7, 0.6, 0.8], 0.4);
    expect(left.map(({ contestant }) => contestant)).toEqual(['d', 'b']);
    expect(survivors(['a', 'b'], [0.3, 0.4], 0.4)).toEqual([]);
  });

  test('a failed contestant drops out; without a default to compare with, half go on', () => {
    expect(survivors(['a', 'b'], [null, 0.1], null)).toEqual([{ contestant: 'b', score: 0.1 }]);
  });
});
