/** Remedies for memory: what is learnt stays what was asked for, also where the rows of a batch are each other's negatives. */
import { describe, expect, test } from '@jest/globals';
import { configFor, measured } from '../../src/domain/configurations.ts';
import { refuseTrials } from '../../src/domain/forkedState.ts';
import { asLearnt, remedyFor, withoutRemedy } from '../../src/domain/remedies.ts';
import type { Memory } from '../../src/domain/remedies.ts';
import { recordTrial } from '../../src/domain/runTrials.ts';
import { studyRequest } from '../../src/domain/studyRequest.ts';
import type { Loss } from '../../src/domain/tasks.ts';
import type { Remedy, Values } from '../../src/domain/trials.ts';
import { result, run, trial } from './runs.ts';

const OOM = { kind: 'oom' as const, message: '', facts: {} };
const memory = (LOSS: Loss, TRAIN_BATCH_SIZE: number, MINI_BATCH_SIZE: number | null = null): Memory => ({
  LOSS,
  TRAIN_BATCH_SIZE,
  MINI_BATCH_SIZE,
  GRAD_ACC_STEPS: 1,
});

/** Every remedy that is taken for a training that never fits. */
function taken(memoryOf: Memory): Values[] {
  const remedies: Remedy[] = [];
  let now = memoryOf;
  for (;;) {
    const remedy = remedyFor(OOM, now, remedies);
    if (!remedy) return remedies.map(({ after }) => after);
    remedies.push(remedy);
    now = { ...now, ...remedy.after } as Memory;
  }
}

test('the batch is halved and accumulated, at most twice, where its rows have nothing to do with each other', () => {
  expect(taken(memory('cosent', 8))).toEqual([
    { TRAIN_BATCH_SIZE: 4, GRAD_ACC_STEPS: 2 },
    { TRAIN_BATCH_SIZE: 2, GRAD_ACC_STEPS: 4 },
  ]);
  expect(taken(memory('triplet', 2))).toEqual([{ TRAIN_BATCH_SIZE: 1, GRAD_ACC_STEPS: 2 }]);
  expect(taken(memory('bce', 7))).toEqual([]);
  expect(remedyFor({ ...OOM, kind: 'nan' }, memory('cosent', 8), [])).toBeNull();
});

test.each([
  ['mnrl', 256, null, [32, 8]],
  ['mnrl', 16, null, [4, 1]],
  ['mnrl', 7, null, [1]],
  ['mnrl', 1, null, []],
  ['cached_mnrl', 256, null, [8, 2]],
  ['cached_mnrl', 256, 64, [16, 4]],
  ['cached_mnrl', 256, 1, []],
] as const)(
  'in-batch negatives: %s with %i rows, %s of them at once, is computed in parts of %j',
  (LOSS, batch, mini, parts) => {
    expect(taken(memory(LOSS, batch, mini))).toEqual(
      parts.map((MINI_BATCH_SIZE) => ({ LOSS: 'cached_mnrl', MINI_BATCH_SIZE })),
    );
  },
);

test('a remedy can be taken back, and the cached loss goes by the name of the plain one', () => {
  const remedy = remedyFor(OOM, memory('mnrl', 64), [])!;
  const values = { LEARNING_RATE: 1e-5, ...remedy.after };
  expect(withoutRemedy(values, remedy)).toEqual({ LEARNING_RATE: 1e-5, LOSS: 'mnrl' });
  expect(asLearnt(values)).toEqual({ LEARNING_RATE: 1e-5, LOSS: 'mnrl' });
  expect(asLearnt({ LOSS: 'triplet' })).toEqual({ LOSS: 'triplet' });
});

describe('a training whose loss was computed in parts', () => {
  /** A retrieval run whose default was remedied, and a round built on it. */
  function remedied(tuneLoss: boolean) {
    const state = run();
    Object.assign(state.config.DEFAULT_CONFIG, { TASK: 'triplet', LOSS: 'mnrl', TRAIN_BATCH_SIZE: 64 });
    const { LEARNING_RATE } = state.config.TUNABLE_KEYS;
    state.config.TUNABLE_KEYS = {
      LEARNING_RATE: LEARNING_RATE!,
      ...(tuneLoss ? { LOSS: { type: 'categorical', choices: ['mnrl', 'triplet'], scale: 'linear' } as const } : {}),
    };
    const remedy = remedyFor(OOM, configFor(state, {}), [])!;
    const values = { LEARNING_RATE: 2e-5, ...(tuneLoss ? { LOSS: 'mnrl' } : {}) };
    const first = { ...values, ...remedy.after };
    recordTrial(
      state,
      trial({ id: 'default', purpose: 'baseline', values: first, remedies: [remedy], result: result(0.5) }),
    );
    const second = { ...first, LEARNING_RATE: 4e-5 };
    recordTrial(state, trial({ id: 'second', number: 2, purpose: 'round', values: second, result: result(0.6) }));
    return { state, values };
  }

  test.each([false, true])(
    'is trained so, and is the configuration that was asked for (LOSS tuned: %s)',
    (tuneLoss) => {
      const { state, values } = remedied(tuneLoss);
      expect(configFor(state, state.trials[1]!.values)).toMatchObject({
        LOSS: 'cached_mnrl',
        MINI_BATCH_SIZE: 16,
        TRAIN_BATCH_SIZE: 64,
        GRAD_ACC_STEPS: 1,
      });
      expect(measured(state, values)?.id).toBe('default');
      expect(measured(state, { ...values, LEARNING_RATE: 4e-5 })?.id).toBe('second');
      const asked = studyRequest(state, null, 1);
      expect(asked.trials.map((each) => each.values)).toEqual([values, { ...values, LEARNING_RATE: 4e-5 }]);
      expect(refuseTrials(state)).toEqual([]);
    },
  );
});
