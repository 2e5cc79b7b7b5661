/** A run that goes on from an earlier trial of another one: what it holds, what may be changed, and that nothing is trained again. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { resolveConfig } from '../../src/config/resolve.ts';
import { checkForkedState, refuseOtherData } from '../../src/domain/forkedState.ts';
import { forkRun } from '../../src/domain/forking.ts';
import type { RunState } from '../../src/domain/runState.ts';
import { recordTrial } from '../../src/domain/runTrials.ts';
import { tunableValues } from '../../src/domain/searchSpace.ts';
import { checkStart } from '../../src/domain/startInput.ts';
import type { Trial, Values } from '../../src/domain/trials.ts';
import type { Release } from '../../src/workflows/release.ts';
import { tellRun } from '../../src/workflows/tuningRun.ts';
import { memoryWorld } from '../workflows/memoryHost.ts';
import { FACTS, config, result, run, trial } from './runs.ts';

let parent: RunState;
const reason = { zh: '因为', en: 'since' };
beforeEach(() => {
  parent = { ...run('REUSE_TRIALS=true'), run: 'parent', untouched: 0.55 };
  parent.noise = { atDefault: 0.005, atBase: 0.01, repeats: 2 };
  parent.plan = {
    baseConfig: {},
    priorityKeys: ['LEARNING_RATE', 'NUM_TRAIN_EPOCHS', 'WARMUP_RATIO'],
    reason,
    proposedBy: 'search',
  };
  measure(0.6, {}, { purpose: 'baseline', key: null });
  measure(0.61, {}, { purpose: 'noise', key: null, seed: 43 });
  measure(0.59, {}, { purpose: 'noise', key: null, seed: 44 });
  measure(0.65, { LEARNING_RATE: 4e-5 });
  measure(0.62, { LEARNING_RATE: 8e-5 });
  measure(0.7, { LEARNING_RATE: 4e-5, NUM_TRAIN_EPOCHS: 3 }, { key: 'NUM_TRAIN_EPOCHS' });
  measure(
    0.66,
    { LEARNING_RATE: 4e-5, NUM_TRAIN_EPOCHS: 3 },
    { purpose: 'repeat', key: null, seed: 43, proposedBy: 'agent' },
  );
  measure(0.68, { LEARNING_RATE: 4e-5, NUM_TRAIN_EPOCHS: 4 }, { key: 'NUM_TRAIN_EPOCHS' });
  measure(0.6, {}, { purpose: 'confirmation', key: null, seed: 99 });
});

function measure(score: number, change: Values, more: Partial<Trial> = {}): void {
  const number = parent.trials.length + 1;
  const values = { ...tunableValues(parent.config.DEFAULT_CONFIG, parent.config.TUNABLE_KEYS), ...change };
  const made = recordTrial(parent, trial({ id: `trial-${number}`, number, values, result: result(score), ...more }));
  // Repeats and seeds of the default compete with nothing.
  if (made.purpose === 'noise' || made.purpose === 'repeat') made.accepted = false;
}

const fork = (at: number, ...set: string[]) =>
  forkRun(parent, {
    at,
    config: resolveConfig({ of: { run: 'parent', config: parent.config }, set }),
    run: 'child',
    startedAt: 5,
  });
const forked = (at: number, ...set: string[]): RunState => {
  const { state, problems } = fork(at, ...set);
  expect(problems).toEqual([]);
  return state!;
};

test('holds the trials up to that one, with their scores, and says whose they are', () => {
  const state = forked(4);
  expect(state).toMatchObject({
    run: 'child',
    phase: 'preparing',
    status: 'running',
    forkedFrom: { run: 'parent', at: 4 },
    baseline: 'trial-1',
    incumbent: 'trial-4',
    untouched: 0.55,
    noise: parent.noise,
    spent: 1,
    queue: ['LEARNING_RATE', 'NUM_TRAIN_EPOCHS', 'WARMUP_RATIO'],
    probes: ['NUM_TRAIN_EPOCHS', 'WARMUP_RATIO'],
    fixed: [],
    usage: { trainSeconds: 0, calls: 0 },
    notes: [expect.stringContaining('goes on from trial 4 of parent')],
  });
  expect(state.trials.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
  expect(state.trials.every(({ result: found }) => found?.from === 'parent' && found.trainSeconds === 0)).toBe(true);
  expect(parent.trials[0]!.result!.trainSeconds).toBe(8);
});

test('seeds that measure noise and repeats that decide a challenge come with their trial; confirmations stay behind', () => {
  expect(forked(1).trials).toHaveLength(3);
  expect(forked(6)).toMatchObject({ incumbent: 'trial-6', spent: 4, forkedFrom: { at: 7 } });
  expect(forked(8).trials).toHaveLength(8);
});

test('a challenger whose repeats come later than others of its batch is not the best yet', () => {
  const [sixth, seventh, eighth] = parent.trials.slice(5, 8);
  parent.trials.splice(5, 3, sixth!, { ...eighth!, number: 7 }, { ...seventh!, number: 8 });
  expect(forked(6).incumbent).toBe('trial-4');
});

test('keys whose rounds are over are fixed; the one in hand stays first; with only the default the plan is made anew', () => {
  expect(forked(8)).toMatchObject({
    queue: ['NUM_TRAIN_EPOCHS', 'WARMUP_RATIO'],
    fixed: [{ key: 'LEARNING_RATE', value: 4e-5, trial: 'trial-6', rounds: 2, why: 'tuned in parent' }],
  });
  expect(forked(8, 'ROUNDS_PER_PARAM=2').queue).toEqual(['WARMUP_RATIO']);
  expect(forked(8, 'MAX_PRIORITY_PARAMS=2').queue).toEqual(['NUM_TRAIN_EPOCHS']);
  expect(forked(8, 'SEARCH=adaptive')).toMatchObject({ queue: [], fixed: [], probes: ['WARMUP_RATIO'] });
  expect(forked(1)).toMatchObject({ plan: null, queue: [], spent: 0 });
});

describe('settings', () => {
  test('of the agent may be changed, and keys may come', () => {
    const state = forked(4, 'ROUNDS_PER_PARAM=7', 'TUNABLE_KEYS=[LEARNING_RATE, LOSS]');
    expect(state.config.AGENT_SETTINGS.ROUNDS_PER_PARAM).toBe(7);
    expect(state.trials[0]!.values).toMatchObject({ LOSS: 'cosent' });
    expect(state.queue).toEqual(['LEARNING_RATE']);
  });

  test.each([
    ['DATASET_NAME=stsb', /^DATASET_NAME cannot be changed in a fork: the data define the score/],
    ['STSB_DEV_SPLIT=validation[:50]', /^STSB_DEV_SPLIT .*splits define/],
    ['BASE_MODEL=other', /^BASE_MODEL cannot/],
    ['SEED=7', /^SEED cannot .*another draw of the noise/],
    ['EVAL_LOOKS=8', /^EVAL_LOOKS cannot/],
    ['PRECISION=fp32', /^PRECISION cannot/],
    ['OUTPUT_DIR_ROOT=elsewhere', /^OUTPUT_DIR_ROOT cannot .*lie there/],
    ['LEARNING_RATE=1e-5', /^LEARNING_RATE cannot .*a value to try belongs to TUNABLE_KEYS/],
    ['TRAINING_SLOTS=3', /^TRAINING_SLOTS cannot .*threads/],
    [
      'TUNABLE_KEYS=[NUM_TRAIN_EPOCHS]',
      /^TUNABLE_KEYS does not fit trial 4: LEARNING_RATE = 0.00004 is not the default/,
    ],
    [
      'TUNABLE_KEYS={LEARNING_RATE: {type: float, min: 1e-6, max: 3e-5}}',
      /^TUNABLE_KEYS does not fit trial 4: LEARNING_RATE = 0.00004 is outside/,
    ],
  ])('%s is refused', (set, message) => {
    const { state, problems } = fork(4, set);
    expect(state).toBeNull();
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
  });

  test.each([
    [20, /^--at 20: that trial is not there: parent has trials 1 to 9$/],
    [9, /^--at 9: that trial is a confirmation/],
  ])('and trial %d is none to go on from', (at, message) =>
    expect(fork(at).problems).toEqual([expect.stringMatching(message)]),
  );

  test('a default that failed is none to go on from', () => {
    parent.trials[0] = { ...parent.trials[0]!, result: null, failure: { kind: 'oom', message: 'oom', facts: {} } };
    expect(fork(4).problems).toEqual(['the default has no score among the trials that are taken over']);
  });
});

describe('at the start of a workflow', () => {
  const start = (state: unknown = forked(4)) => checkStart({ run: 'child', config: parent.config, state });

  test('the state is taken as it was made, also after its way as JSON', () => {
    const state = JSON.parse(JSON.stringify(forked(4))) as RunState;
    const checked = start(state);
    expect(checked.problems).toEqual([]);
    expect(checked.start!.state).toEqual({ ...state, startedAt: 0 });
  });

  test('what follows from the trials is made again, whatever was handed in', () => {
    const { start: checked } = start({
      ...forked(4),
      incumbent: 'trial-5',
      phase: 'publishing',
      spent: 0,
      usage: null,
      inbox: 'x',
      adviserAccess: { ref: 'somebody-elses', origin: 'x' },
    });
    expect(checked!.state).toMatchObject({ incumbent: 'trial-4', phase: 'preparing', spent: 1, adviserAccess: null });
  });

  test.each<[string, (state: any) => unknown, RegExp]>([
    ['a text', () => 'state', /^state is not possible/],
    ['no trials', (state) => void (state.trials = []), /^state.trials is not possible/],
    [
      'a score that is no number',
      (state) => void (state.trials[1].result.score = 'high'),
      /^state.trials.1.result.score is not/,
    ],
    ['a trial that leaves its folder', (state) => void (state.trials[0].id = '../x'), /^state.trials.0.id is not/],
    ['no trainer', (state) => void (state.trainer = null), /^state.trainer is not/],
    ["another run's", (state) => void (state.run = 'other'), /^state.run is not child/],
    [
      'a value outside its space',
      (state) => void (state.trials[3].values.LEARNING_RATE = 9),
      /^TUNABLE_KEYS does not fit trial 4/,
    ],
    [
      'a trial of a purpose that none has',
      (state) => void (state.trials[0].purpose = 'x'),
      /^state.trials.0.purpose is not/,
    ],
  ])('%s is refused', (_what, change, message) => {
    const state = JSON.parse(JSON.stringify(forked(4))) as unknown;
    const { problems } = start(change(state) ?? state);
    expect(problems[0]).toMatch(message);
  });

  test('settings under which the trials were not measured are not its own', () => {
    const { problems } = checkForkedState(forked(4), 'child', config('TUNABLE_KEYS=[WARMUP_RATIO]'));
    expect(problems).toEqual([expect.stringMatching(/^TUNABLE_KEYS does not fit trial 4/)]);
  });
});

describe('the story', () => {
  const tell = async (state: RunState, facts = FACTS, release: Release = 4) => {
    const fakes = { probeTrainer: async () => facts };
    const world = memoryWorld(state, fakes, undefined, undefined, release);
    await tellRun(world.host);
    return world;
  };

  test.each([3, 4] as const)('of release %d goes on without training anything that was taken over', async (release) => {
    const state = forked(8, 'CONFIRM_SEEDS=0');
    const world = await tell(state, FACTS, release);
    expect(state.status).toBe('completed');
    const kept = new Set(parent.trials.map(({ id }) => id));
    expect(world.trained.filter(({ trial: id }) => kept.has(id))).toEqual([]);
    expect(world.calls.filter((call) => call.startsWith('plan'))).toEqual([]);
    expect(state.trials.slice(0, 8).map(({ id }) => id)).toEqual(parent.trials.slice(0, 8).map(({ id }) => id));
  });

  test('ends with the reason when the data are others by now', async () => {
    const state = forked(8);
    const other = structuredClone(FACTS);
    other.inspection.data.fingerprint = 'changed';
    const world = await tell(state, other);
    expect(state).toMatchObject({
      status: 'failed',
      failureKind: 'data',
      endedEarly: 'the data are not the same as those of parent',
    });
    expect(world.trained).toEqual([]);
  });

  test('names what is another one: weights, or the files of an own training', () => {
    const other = structuredClone(FACTS);
    other.inspection.model.fingerprint = 'changed';
    expect(refuseOtherData(FACTS, FACTS, { plugin: true })).toBeNull();
    expect(refuseOtherData(FACTS, other)).toBe('the weights of the base model are not the same');
    expect(refuseOtherData(FACTS, other, { plugin: true })).toBe("the training's own files are not the same");
  });

  test('notes that the machine is another one', async () => {
    const state = forked(8);
    await tell(state, { ...FACTS, threads: 16 });
    expect(state.notes).toContain('the trials of parent were measured with other hardware');
  });
});
