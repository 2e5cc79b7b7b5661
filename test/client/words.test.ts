/** What is typed behind a decision, and what `--json` says of a run. */
import { describe, expect, test } from '@jest/globals';
import { detailsOf } from '../../src/client/decisionArguments.ts';
import { outcomeJson } from '../../src/client/outcome.ts';
import { progressOf } from '../../src/domain/progress.ts';
import { UserError } from '../../src/runs/userError.ts';
import { studiedRun } from '../domain/studied.ts';

describe('the end of a run', () => {
  test('is one object with verdict, difference, what was published and what could still be gained', () => {
    const progress = progressOf(studiedRun());
    expect(outcomeJson('tuning-x', { progress, error: null, failure: null }, null)).toMatchObject({
      status: 'completed',
      verdict: 'better',
      difference: { mean: 0.0676, low: 0.04, high: 0.095 },
      published: { what: 'best' },
      says: { en: expect.stringContaining('Better'), zh: expect.stringContaining('更好') },
      untouched: { score: 0.6634, test: 0.6577 },
      noise: { repeats: 3 },
      search: { spent: 4, pool: 9 },
      anytime: { rounds: { pays: 'no' } },
      predictions: { byModel: { inside: 1, of: 2 } },
      languageModel: { rounds: 1, of: 3, timeOuts: 2 },
      pruned: 1,
      reused: 1,
    });
  });

  test('of a run that never told of itself has nulls', () => {
    expect(outcomeJson('tuning-x', { progress: null, error: 'gone', failure: null }, null)).toMatchObject({
      status: 'failed',
      verdict: null,
      published: null,
      search: null,
    });
  });
});

describe('npm run decide', () => {
  test('takes a value, a key, or nothing, as the decision wants it', () => {
    expect(detailsOf('set', 'LEARNING_RATE=5e-5')).toEqual({ key: 'LEARNING_RATE', value: 5e-5 });
    expect(detailsOf('key', 'WARMUP_RATIO')).toEqual({ key: 'WARMUP_RATIO' });
    expect(detailsOf('repeat', undefined)).toEqual({});
  });

  test.each([
    ['set', undefined, 'set needs KEY=VALUE'],
    ['key', undefined, 'key needs the name of a key'],
    ['key', 'WARMUP_RATIO=0.2', 'key needs the name of a key'],
    ['repeat', 'twice', 'repeat takes nothing behind it'],
  ] as const)('%s %s is refused with an example', (decision, argument, message) => {
    expect(() => detailsOf(decision, argument)).toThrow(UserError);
    expect(() => detailsOf(decision, argument)).toThrow(message);
  });
});
