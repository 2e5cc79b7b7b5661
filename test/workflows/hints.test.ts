/** Good settings of earlier runs: tried first, as a whole, out of the pool; believed by nobody. */
import { expect, test } from '@jest/globals';
import { newRun } from '../../src/domain/runState.ts';
import type { RunState } from '../../src/domain/runState.ts';
import { incumbentOf } from '../../src/domain/runTrials.ts';
import type { Candidate, Hint, StudyRequest } from '../../src/domain/study.ts';
import { tellRun } from '../../src/workflows/tuningRun.ts';
import { config, result } from '../domain/runs.ts';
import { memoryWorld } from './memoryHost.ts';
import { studyInOrder } from './studyInOrder.ts';

const WON = { LEARNING_RATE: 1e-4, NUM_TRAIN_EPOCHS: 3 };
const hint: Hint = { change: WON, by: 'earlier_run', source: 'best of another run' };

/** The search model as far as hints go: those that no training followed come first. */
function withHints(request: StudyRequest) {
  const study = studyInOrder(request);
  const open = request.hints.filter(
    ({ change }) =>
      Object.keys(change).every((key) => request.keys === null || request.keys.includes(key)) &&
      !request.trials.some(({ values }) => Object.entries(change).every(([key, value]) => values[key] === value)),
  );
  const hinted = open.map((one): Candidate => ({
    ...study.next[0]!,
    values: { ...study.base.values, ...one.change },
    change: one.change,
    origin: 'hint',
    hint: one,
  }));
  return { ...study, next: [...hinted, ...study.next].slice(0, request.count) };
}

async function play(score: number, hints: Hint[], ...set: string[]): Promise<RunState> {
  const state = newRun('tune', config('INTERACTIVE_MODE=false', 'NOISE_SEEDS=0', 'CONFIRM_SEEDS=0', ...set), 0);
  const world = memoryWorld(
    state,
    {
      earlierEvidence: async () => ({ hints, seeds: [] }),
      studySearch: async ({ study }) => withHints(study),
      trainTrial: async ({ config: { LEARNING_RATE, NUM_TRAIN_EPOCHS } }) =>
        result(LEARNING_RATE === 1e-4 && NUM_TRAIN_EPOCHS === 3 ? score : 0.5),
    },
    undefined,
    undefined,
    4,
  );
  await tellRun(world.host);
  return state;
}

test.each(['by_parameter', 'adaptive', 'free'])(
  'SEARCH %s: the winner of an earlier run is the first training after the default, as a whole',
  async (mode) => {
    const state = await play(0.8, [hint], `SEARCH=${mode}`);
    expect(state.trials[1]).toMatchObject({ purpose: 'round', values: WON, proposedBy: 'earlier_run', accepted: true });
    expect(incumbentOf(state)!.values).toMatchObject(WON);
    expect(state).toMatchObject({ spent: 9, hints: [] });
  },
);

test('one that misleads costs one training of the pool, and the planned keys follow', async () => {
  const state = await play(0.3, [hint]);
  expect(state.trials[1]).toMatchObject({ values: WON, accepted: false });
  const [first] = state.plan!.priorityKeys;
  expect(state.trials.slice(2, 5).map(({ key }) => key)).toEqual([first, first, first]);
  expect(state.spent).toBe(9);
});

test('one that was measured before the run asked is dropped', async () => {
  const followed = { ...hint, change: { WARMUP_RATIO: 0.1 } };
  const state = await play(0.8, [followed]);
  expect(state.hints).toEqual([]);
  expect(state.trials.every(({ proposedBy }) => proposedBy !== 'earlier_run')).toBe(true);
});
