import { describe, expect, test } from '@jest/globals';
import { pruneRule } from '../../src/domain/pruning.ts';
import type { RunState } from '../../src/domain/runState.ts';
import { recordTrial } from '../../src/domain/runTrials.ts';
import type { Values } from '../../src/domain/trials.ts';
import { result, run, trial } from './runs.ts';

const DEFAULT = { LEARNING_RATE: 2e-5, NUM_TRAIN_EPOCHS: 1, TRAIN_BATCH_SIZE: 8 };

/** A run with finished trainings, each given by what differs from the default and by its scores at the looks. */
function finished(...trainings: [Values, number[]][]): RunState {
  const state = run('EVAL_LOOKS=4', 'PRUNING=true');
  for (const [index, [change, looks]] of trainings.entries())
    recordTrial(
      state,
      trial({
        id: String(index).padStart(16, '0'),
        number: index + 1,
        purpose: index === 0 ? 'baseline' : 'round',
        values: { ...DEFAULT, ...change },
        result: { ...result(Math.max(...looks)), looks: looks.map((score, at) => ({ step: at + 1, score })) },
      }),
    );
  state.noise = { atDefault: 0.01, atBase: 0.01, repeats: 2 };
  return state;
}
const flat = (score: number): number[] => [score - 0.03, score - 0.02, score - 0.01, score];
const limits = (state: RunState, change: Values) => pruneRule(state, { ...DEFAULT, ...change })?.looks;

describe('limits of a training', () => {
  const three: [Values, number[]][] = [
    [{}, flat(0.6)],
    [{ TRAIN_BATCH_SIZE: 16 }, [0.5, 0.55, 0.58, 0.59]],
    [{ LEARNING_RATE: 4e-5 }, flat(0.62)],
  ];

  test('leave room for the most that one like it still gained, and for noise', () => {
    const rule = limits(finished(...three), { TRAIN_BATCH_SIZE: 32 });
    // From half of the looks on, never at the last: 0.62 − 0.04 − 3 × 0.01, 0.62 − 0.01 − 3 × 0.01.
    expect(rule!.map(({ look }) => look)).toEqual([2, 3]);
    expect(rule!.map(({ below }) => below)).toEqual([expect.closeTo(0.55), expect.closeTo(0.58)]);
  });

  test.each<[string, Values]>([
    ['a rate three times as high', { LEARNING_RATE: 1.2e-4 }],
    ['twice as many epochs', { NUM_TRAIN_EPOCHS: 2 }],
  ])('there are none for %s, whose curve none of them resembles', (_what, change) => {
    expect(limits(finished(...three), change)).toBeUndefined();
  });

  test.each<[string, Values, boolean]>([
    ['similar values of all tuned keys', { RATE: 0.2, STEPS: 15, KIND: 'a', DECAY: 0 }, true],
    ['a rate ten times as high', { RATE: 1, STEPS: 10, KIND: 'a', DECAY: 0 }, false],
    ['ten times as many steps', { RATE: 0.1, STEPS: 100, KIND: 'a', DECAY: 0 }, false],
    ['another kind', { RATE: 0.1, STEPS: 10, KIND: 'b', DECAY: 0 }, false],
    ['a value that has no ratio to theirs', { RATE: 0.1, STEPS: 10, KIND: 'a', DECAY: 0.1 }, false],
  ])('of an own training, whose keys nobody here knows: %s', (_what, values, limited) => {
    const own = { RATE: 0.1, STEPS: 10, KIND: 'a', DECAY: 0 };
    const state = finished([own, flat(0.6)], [own, flat(0.61)], [own, flat(0.62)]);
    const scale = 'linear' as const;
    state.config = {
      ...state.config,
      DEFAULT_CONFIG: { ...state.config.DEFAULT_CONFIG, TRAINER: 'own/train.py' },
      TUNABLE_KEYS: {
        RATE: { type: 'float', min: 0.01, max: 1, scale: 'log' },
        STEPS: { type: 'int', choices: [10, 15, 100], scale },
        KIND: { type: 'categorical', choices: ['a', 'b'], scale },
        DECAY: { type: 'float', min: 0, max: 0.3, scale },
      },
    };
    const rule = pruneRule(state, values);
    expect(rule !== null).toBe(limited);
    if (rule) expect(rule.evidence).toContain('3 finished trainings with similar values of all tuned keys');
  });

  test('there are none before three of its kind have finished, and none without PRUNING or looks', () => {
    expect(limits(finished(...three.slice(0, 2)), {})).toBeUndefined();
    const state = finished(...three);
    state.config = { ...state.config, AGENT_SETTINGS: { ...state.config.AGENT_SETTINGS, PRUNING: false } };
    expect(limits(state, {})).toBeUndefined();
  });
});
