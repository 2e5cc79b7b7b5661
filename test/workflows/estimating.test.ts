/** The mini-training in the story: when it is asked for, what it costs, and that nothing depends on it. */
import { describe, expect, test } from '@jest/globals';
import type { Decision } from '../../src/domain/decisions.ts';
import { newRun } from '../../src/domain/runState.ts';
import type { RunState } from '../../src/domain/runState.ts';
import type { TrainingConfig } from '../../src/domain/trainingConfig.ts';
import { tellRun } from '../../src/workflows/tuningRun.ts';
import { FACTS, TIMING, config, result } from '../domain/runs.ts';
import { memoryWorld, typedFailure } from './memoryHost.ts';
import type { Fakes } from './memoryHost.ts';

const SMALL = [
  'INTERACTIVE_MODE=false',
  'MAX_PRIORITY_PARAMS=1',
  'ROUNDS_PER_PARAM=2',
  'NOISE_SEEDS=1',
  'CONFIRM_SEEDS=1',
];

interface Told {
  state: RunState;
  calls: string[];
  asked: { maxSeconds: number | null; threads: number }[];
}
async function told({
  set = [],
  training = {},
  fakes = {},
  release = 6,
  during = () => [],
}: {
  set?: string[];
  training?: Partial<TrainingConfig>;
  fakes?: Fakes;
  release?: 5 | 6;
  during?: (activity: string) => Decision[];
} = {}): Promise<Told> {
  const whole = config(...SMALL, ...set);
  const state = newRun(
    'tune-20260101-000000',
    { ...whole, DEFAULT_CONFIG: { ...whole.DEFAULT_CONFIG, ...training } },
    0,
  );
  const asked: Told['asked'] = [];
  const timeTraining: Fakes['timeTraining'] = async (request) => {
    asked.push(request);
    return fakes.timeTraining ? fakes.timeTraining(request) : { timing: TIMING, seconds: 3 };
  };
  const trainTrial: Fakes['trainTrial'] = async ({ config: { LEARNING_RATE } }) => result(0.5 + LEARNING_RATE);
  const { host, calls } = memoryWorld(state, { trainTrial, ...fakes, timeTraining }, () => [], during, release);
  await tellRun(host);
  return { state, calls, asked };
}

test('it comes after every check and before the first training, with the threads of one training', async () => {
  const { state, calls, asked } = await told({ set: ['TRAINING_SLOTS=2'] });
  const before = calls.slice(0, calls.indexOf('trainTrial'));
  expect(before).toEqual(['probeTrainer', 'probeAdviser', 'scoreUntouched', 'timeTraining']);
  expect(asked).toEqual([expect.objectContaining({ maxSeconds: null, threads: 1, kind: expect.anything() })]);
  expect(state.timing).toEqual(TIMING);
  expect(state.firstEstimate!.trainings.high).toBe(1 + 1 + 2 + 2);
  // Untouched model 1 s, mini-training 3 s; each training 8 s.
  const trained = state.trials.filter((trial) => trial.result).length;
  expect(state.usage.trainSeconds).toBe(1 + 3 + 8 * trained + (state.confirmation ? 1 : 0));
  expect(state.tookSeconds).toBeGreaterThan(0);
});

test('runs of earlier releases know nothing of it', async () => {
  const { state, calls } = await told({ release: 5 });
  expect(calls).not.toContain('timeTraining');
  expect([state.timing, state.firstEstimate]).toEqual([null, null]);
});

describe('nothing depends on it', () => {
  const later = 'what the run will take is said after its first training';

  test('where it fails, the first training tells', async () => {
    const { state } = await told({ fakes: { timeTraining: async () => Promise.reject(typedFailure('oom')) } });
    expect(state.status).toBe('completed');
    expect(state.timing).toBeNull();
    expect(state.notes).toContainEqual(`the mini-training failed (it was oom): ${later}`);
    expect(state.firstEstimate!.seconds.middle).toBeGreaterThan(8 * 3);
  });

  test('an own training has none', async () => {
    const { state, calls } = await told({ training: { TRAINER: 'my_training.py' } });
    expect(calls).not.toContain('timeTraining');
    expect(state.notes).toContainEqual(`own trainings are not timed beforehand: ${later}`);
    expect(state.firstEstimate).not.toBeNull();
  });

  test('a budget gives it a tenth, and none where that is too little', async () => {
    expect((await told({ set: ['MAX_TRAIN_SECONDS=1001'] })).asked[0]!.maxSeconds).toBeCloseTo(100);
    const short = await told({ set: ['MAX_TRAIN_SECONDS=40'] });
    expect(short.asked).toEqual([]);
    expect(short.state.notes).toContainEqual(`no training is timed, to keep to the budget: ${later}`);
    expect((await told({ set: ['MAX_RUN_SECONDS=20'] })).asked).toEqual([]);
    expect((await told({ set: ['MAX_TRIAL_SECONDS=7'] })).asked[0]!.maxSeconds).toBe(7);
  });
});

test('stop-now ends it and the run', async () => {
  const during = (activity: string): Decision[] => (activity === 'timeTraining' ? [{ decision: 'stop-now' }] : []);
  const { state, calls } = await told({ during });
  expect(state.status).toBe('stopped');
  expect(calls).not.toContain('trainTrial');
});

test('data that cannot give a verdict are noted before anything is trained', async () => {
  const { inspection } = FACTS;
  const splits = { ...inspection.data.splits, test: { rows: 40, name: 'test' } };
  const facts = { ...FACTS, inspection: { ...inspection, data: { ...inspection.data, splits } } };
  const { state } = await told({ fakes: { probeTrainer: async () => facts } });
  expect(state.notes[0]).toMatch(/^the data are too few for a verdict: .*on 40 held-out pairs/);
  expect((await told()).state.notes.join()).not.toContain('too few');
});
