/** What the terminal and `--json` say of a run. */
import { describe, expect, test } from '@jest/globals';
import { detailsOf } from '../../src/client/decisionArguments.ts';
import { closingLines, expectationLines, liveBlock, trialLines } from '../../src/client/liveView.ts';
import { outcomeJson } from '../../src/client/outcome.ts';
import { UserError } from '../../src/client/userError.ts';
import { detailsTable } from '../../src/domain/detailsTable.ts';
import { leftText } from '../../src/domain/estimateWords.ts';
import { progressOf } from '../../src/domain/progress.ts';
import type { TrainingPointer } from '../../src/training/watch.ts';
import { FACTS, TIMING, run } from '../domain/runs.ts';
import { studiedRun } from '../domain/studied.ts';

const plainText = (lines: readonly string[]): string => lines.join('\n').replace(/\u001b\[\d+m/g, '');

const pointer = (change: Partial<TrainingPointer>): TrainingPointer => ({
  pid: 1,
  phase: 'train',
  step: 5,
  totalSteps: 25,
  epoch: 0.2,
  loss: 3.5,
  learningRate: 2e-5,
  pairsPerSecond: 30,
  etaSeconds: 61,
  devScore: null,
  resumedFrom: null,
  trainSeconds: 3,
  ...change,
});

describe('the end of a run', () => {
  test('begins with the verdict and ends with what to do next', () => {
    const lines = plainText(closingLines(progressOf(studiedRun()))).split('\n');
    expect(lines[0]).toMatch(/^Better: .*\+0\.0676 \[\+0\.0400, \+0\.0950\].*Published: the tuned model/);
    expect(lines.at(-1)).toMatch(/^ {2}next {9}/);
    expect(lines.join('\n')).toContain('untouched model         0.6634   held-out 0.6577');
    expect(lines.join('\n')).toContain(
      'rounds advised by the language model: 1 of 3, asked 9 times, 2 without an answer in time, waited 34 s',
    );
  });

  test('of a run that no language model advised says who did', () => {
    const state = studiedRun();
    for (const trial of state.trials) if (trial.proposedBy === 'adviser') trial.proposedBy = 'search';
    expect(plainText(closingLines(progressOf(state)))).toContain(
      'no round was advised by a language model: 3 by the search model',
    );
  });

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

describe('the live block', () => {
  const tuning = () => progressOf({ ...run(), phase: 'tuning', queue: ['LEARNING_RATE'], round: 2, spent: 1 });

  test('has one line for a training, without its name', () => {
    const text = plainText([liveBlock(tuning(), [pointer({ number: 4 })], 65)]);
    expect(text).toContain('LEARNING_RATE, round 2 of 3 · 1 of 9 trainings used · no score yet · 1:05');
    expect(text).toMatch(/\n {2}█+░+ step 5\/25/);
    expect(text.split('\n')).toHaveLength(2);
  });

  test('names trainings that run side by side, and leaves out one that has not begun', () => {
    const pointers = [
      pointer({ number: 4 }),
      pointer({ number: 5, step: 20 }),
      pointer({ number: 6, totalSteps: null }),
    ];
    const text = plainText([liveBlock(tuning(), pointers, 0)]);
    expect(text).toMatch(/trial 4 {2}█/);
    expect(text).toMatch(/trial 5 {2}█.*step 20\/25/);
    expect(text).not.toContain('trial 6');
  });

  test('without a key in hand says that all are looked at', () => {
    const progress = progressOf({ ...run(), phase: 'tuning', spent: 7 });
    expect(liveBlock(progress, [], 0)).toContain('tuning whichever key promises most · 7 of 9 trainings used');
  });
});

describe('what a run will take', () => {
  const first = {
    seconds: { low: 240, middle: 360, high: 540 },
    trainings: { low: 8, middle: 14, high: 16 },
    usd: null,
  };
  const begun = () => ({ ...run('TRAINING_SLOTS=1'), timing: TIMING, firstEstimate: first, untouched: 0.6, spent: 8 });

  test('is said at the start, with what the data can show; data that are too few are a note', () => {
    const [time, data] = expectationLines(progressOf({ ...begun(), phase: 'baseline' }));
    expect(time).toBe('About 6 min (4–9) for up to 16 trainings');
    expect(plainText([data!])).toMatch(/^On 100 dev pairs only differences above 0\.06/);
    const { inspection } = FACTS;
    const splits = { ...inspection.data.splits, test: { rows: 20, name: 'test' } };
    const trainer = { ...FACTS, inspection: { ...inspection, data: { ...inspection.data, splits } } };
    expect(expectationLines(progressOf({ ...begun(), trainer }))).toHaveLength(1);
    expect(expectationLines(progressOf(run()))).toEqual([]);
  });

  test('is what is left while it runs, less what was trained since, and what it took at the end', () => {
    const progress = progressOf({ ...begun(), phase: 'tuning' });
    const left = progress.estimate!.left!.seconds.middle;
    expect(plainText([liveBlock(progress, [], 65)])).toContain(` · ${leftText(progress.estimate!.left!).en}`);
    expect(plainText([liveBlock(progress, [pointer({ trainSeconds: left })], 65)])).toContain('about 0 s left (0–');
    expect(plainText(closingLines(progress))).toContain('at first: About 6 min (4–9) for up to 16 trainings');
    const over = progressOf({ ...begun(), phase: 'ended', status: 'completed', tookSeconds: 400 });
    expect(over.estimate!.left).toBeNull();
    expect(plainText(closingLines(over))).toContain('time         6:40; at first: About 6 min');
    expect(detailsTable({ ...begun(), phase: 'tuning' })).toMatch(
      /At first: About 6 min \(4–9\) .*; now about \d+ (s|min) left/,
    );
  });
});

describe('the lines of a trial', () => {
  const { trials } = studiedRun();
  test('tell the run that its result was taken from', () => {
    expect(plainText(trialLines(trials[3]!))).toContain('accepted, taken from tune-20251231-000000');
  });

  test('tell who expected something else', () => {
    const text = plainText(trialLines(trials[4]!));
    expect(text).toContain('outside: the search model expected 0.6800 to 0.7300');
    expect(text).not.toContain('the adviser expected');
  });

  test('tell an early end, a noise seed and a repeat as what they are', () => {
    expect(plainText(trialLines(trials[5]!))).toContain(
      'TRAIN_BATCH_SIZE = 64  [round 1]  ended early: ended early at step 50',
    );
    expect(plainText(trialLines(trials[1]!))).toContain('default configuration, seed 43  score 0.6750');
    expect(plainText(trialLines(trials[6]!))).toMatch(
      /NUM_TRAIN_EPOCHS = 3, seed 43.*measured[\s\S]*paired with the best/,
    );
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
