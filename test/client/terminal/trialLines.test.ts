/** The lines that trials leave: in a log, and in columns of a terminal. */
import { describe, expect, test } from '@jest/globals';
import { trialLines } from '../../../src/client/terminal/trialLines.ts';
import { result } from '../../domain/runs.ts';
import { studiedRun } from '../../domain/studied.ts';
import { plainText, view } from './runs.ts';

const { trials } = studiedRun();

describe('in a log, the lines of a trial', () => {
  test('tell the run that its result was taken from', () => {
    expect(plainText(trialLines(trials[3]!))).toContain(
      '✓ trial 4  LEARNING_RATE = 1e-4  [round 1]  score 0.7000 (Δ +0.0300), accepted, taken from tune-20251231-000000',
    );
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

  test('tell a failure by its kind, with the remedy that was taken and what did not help', () => {
    const failed = {
      ...trials[5]!,
      failure: { kind: 'oom' as const, message: 'no memory for 2 GB', facts: {} },
      remedies: [
        {
          kind: 'oom' as const,
          before: { TRAIN_BATCH_SIZE: 64, GRAD_ACC_STEPS: 1 },
          after: { TRAIN_BATCH_SIZE: 32, GRAD_ACC_STEPS: 2 },
        },
      ],
    };
    const text = plainText(trialLines(failed));
    expect(text).toContain('failed: out of memory: no memory for 2 GB');
    expect(text).toContain('remedy for too little memory: TRAIN_BATCH_SIZE 64 → 32, GRAD_ACC_STEPS 1 → 2');
    expect(plainText(trialLines(failed, undefined, view(60)))).toMatch(
      /failed: out of memory\n +no memory for 2 GB\n +remedy/,
    );
  });

  test('tell of interruptions and of what was mended inside the training', () => {
    const resumed = {
      ...trials[4]!,
      result: { ...result(0.76), resumedFrom: [50], warnings: ['a file was read again'] },
    };
    expect(plainText(trialLines(resumed))).toContain('interrupted, and went on from step 50');
    expect(plainText(trialLines(resumed))).toContain('a file was read again');
  });
});

describe('on a terminal, trials are rows of one table', () => {
  const rows = (width: number) =>
    trials.map((trial) => plainText(trialLines(trial, undefined, view(width))).split('\n')[0]!);

  test('with figures, verdict and seconds below each other where there is room', () => {
    expect(rows(100).slice(0, 6)).toEqual([
      '✓   1 default configuration                                  0.6700        –  accepted           8 s',
      '·   2 default configuration, seed 43                         0.6750        –  measured           8 s',
      '·   3 default configuration, seed 44                         0.6660        –  measured           8 s',
      '✓   4 LEARNING_RATE = 1e-4 · round 1                         0.7000  +0.0300  accepted',
      '✓   5 NUM_TRAIN_EPOCHS = 3 · round 1                         0.7600  +0.0600  accepted           8 s',
      '✗   6 TRAIN_BATCH_SIZE = 64 · round 1                                         ended early',
    ]);
  });

  test('without the verdict at 60 columns, and in two lines at 40', () => {
    expect(rows(60)[4]).toBe('✓   5 NUM_TRAIN_EPOCHS = 3            0.7600  +0.0600    8 s');
    expect(
      plainText(trialLines(trials[4]!, undefined, view(40)))
        .split('\n')
        .slice(0, 2),
    ).toEqual(['✓   5 NUM_TRAIN_EPOCHS = 3', '      0.7600  +0.0600  accepted']);
  });
});
