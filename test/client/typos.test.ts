/** A word that is nearly right is answered with the one that was probably meant, and never taken for it. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { meantKey, typedDecision } from '../../src/client/decisionArguments.ts';
import { askAll, NO_TERMINAL } from '../../src/client/newTuning/ask.ts';
import { findRun } from '../../src/runs/knownRuns.ts';
import type { KnownRun } from '../../src/runs/knownRuns.ts';
import { setLanguage } from '../../src/words/catalogue.ts';

afterEach(() => setLanguage('en'));

const runs: KnownRun[] = ['sample-20261128-101010', 'answers-20261127-101010'].map((run) => ({
  run,
  workflowId: `tuning-${run}`,
  info: null,
  folder: true,
  record: null,
}));

describe('a run', () => {
  test.each([
    ['smaple', 'sample-20261128-101010'],
    ['answer-20261127-101010', 'answers-20261127-101010'],
    ['Answers', 'answers-20261127-101010'],
  ])('%s', (typed, meant) => {
    expect(() => findRun(runs, typed)).toThrow(`there is no run ${typed}; did you mean ${meant}? There are: `);
  });

  test('that is like none is answered with those that there are', () => {
    expect(() => findRun(runs, 'nonsense')).toThrow(
      'there is no run nonsense; there are: sample-20261128-101010, answers-20261127-101010',
    );
    expect(() => findRun([], 'sample')).toThrow('there is no run sample; there are: none');
  });

  test('is told in Chinese, too', () => {
    setLanguage('zh');
    expect(() => findRun(runs, 'smaple')).toThrow('没有运行 smaple；您是否想输入 sample-20261128-101010？');
  });
});

describe('a decision', () => {
  test.each([
    ['contineu', 'did you mean continue?'],
    ['stopnow', 'did you mean stop-now?'],
    ['toString', 'toString is no decision; allowed: '],
    ['xyz', 'xyz is no decision; allowed: '],
  ])('%s', (typed, answer) => {
    expect(() => typedDecision(typed)).toThrow(answer);
  });
});

describe('a key', () => {
  const refused = 'LEARNING_RAET is not among TUNABLE_KEYS; allowed: LEARNING_RATE, depth';

  test('is answered with the nearest one of the run', () => {
    expect(meantKey(refused, 'LEARNING_RAET=1e-5')).toBe('; did you mean LEARNING_RATE?');
    expect(meantKey(refused, 'dept')).toBe('; did you mean depth?');
  });

  test('that is like none, or was refused for another reason, is not', () => {
    expect(meantKey(refused, 'WARMUP_RATIO')).toBe('');
    expect(meantKey('LEARNING_RATE = 1 has been measured already', 'LEARNING_RATE=1')).toBe('');
  });
});

test('a choice', async () => {
  await expect(askAll({ trains: 'tsk', key: [] }, NO_TERMINAL)).rejects.toThrow('--trains tsk: did you mean task?');
});
