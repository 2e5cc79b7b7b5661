/** Decisions in the story of a run: each belongs to the parameter or question that it was meant for. */
import { describe, expect, test } from '@jest/globals';
import { currentValues, measured } from '../../src/domain/configurations.ts';
import type { Advice } from '../../src/domain/contract.ts';
import type { Decision } from '../../src/domain/decisions.ts';
import { newRun } from '../../src/domain/runState.ts';
import type { RunState } from '../../src/domain/runState.ts';
import type { PlanReply, SuggestionReply } from '../../src/domain/suggestions.ts';
import { tellRun } from '../../src/workflows/tuningRun.ts';
import { FACTS, earlierConfig, result } from '../domain/runs.ts';
import { memoryWorld, typedFailure } from './memoryHost.ts';
import type { Fakes, MemoryWorld } from './memoryHost.ts';

const reason = { zh: '因为', en: 'because' };
const advice = <T>(value: T): Advice<T> => ({
  value,
  problem: null,
  raw: '',
  model: 'gpt-test',
  usage: { promptTokens: 1, completionTokens: 1 },
});
const IDEAS: Record<string, number[]> = { LEARNING_RATE: [5e-5, 1e-4, 2e-4], NUM_TRAIN_EPOCHS: [2, 3, 4] };

/** Decisions by the question that is open, or by the number of the training that is under way. */
interface Person {
  at?: Record<string, Decision[]>;
  during?: Record<number, Decision[]>;
}

async function play(
  person: Person,
  set: string[] = [],
  fakes: Fakes = {},
): Promise<{ state: RunState; world: MemoryWorld }> {
  const state = newRun('tune', earlierConfig('INTERACTIVE_MODE=true', 'ROUNDS_PER_PARAM=2', ...set), 0);
  let trainings = 0;
  const world = memoryWorld(
    state,
    {
      probeAdviser: async () => ({ kind: 'openai', model: 'gpt-test', note: '' }),
      advisePlan: async () =>
        advice<PlanReply>({ base_config: [], priority_keys: ['LEARNING_RATE', 'NUM_TRAIN_EPOCHS'], reason }),
      adviseValue: async ({ context: { key, round } }) =>
        advice<SuggestionReply>({ key: key!, value: IDEAS[key!]![round - 1]!, exhausted: false, reason }),
      ...fakes,
    },
    () => {
      const gate = state.inbox.gate!.id;
      const given = person.at?.[gate] ?? [];
      if (person.at) delete person.at[gate];
      return given;
    },
    (activity) => (activity === 'trainTrial' ? (person.during?.[++trainings] ?? []) : []),
  );
  await tellRun(world.host);
  return { state, world };
}

const asked = ({ log }: MemoryWorld): string[] => [
  ...new Set(log.flatMap((line) => (line.event === 'asked' ? [line.gate] : []))),
];
const ALL = ['LEARNING_RATE/round-1', 'LEARNING_RATE/end', 'NUM_TRAIN_EPOCHS/round-1'];
const tried = (state: RunState) =>
  state.trials.filter(({ purpose }) => purpose === 'round').map(({ key, values }) => `${key}=${values[key!]}`);

describe('a value', () => {
  test('for a later parameter leaves the open questions open, and is tried when its parameter is in hand', async () => {
    const set: Decision = { decision: 'set', key: 'NUM_TRAIN_EPOCHS', value: 5 };
    const { state, world } = await play({ at: { 'LEARNING_RATE/round-1': [set] } });
    expect(asked(world)).toContain('LEARNING_RATE/round-1');
    expect(world.log.filter((line) => line.event === 'asked' && line.gate === 'LEARNING_RATE/round-1')).toHaveLength(1);
    expect(tried(state)).toEqual([
      'LEARNING_RATE=0.00005',
      'LEARNING_RATE=0.0001',
      'NUM_TRAIN_EPOCHS=5',
      'NUM_TRAIN_EPOCHS=3',
    ]);
    expect(state.trials.find(({ key }) => key === 'NUM_TRAIN_EPOCHS')!.proposedBy).toBe('person');
  });

  test('for each of several parameters is kept', async () => {
    const { state } = await play({
      during: {
        2: [
          { decision: 'set', key: 'NUM_TRAIN_EPOCHS', value: 5 },
          { decision: 'set', key: 'LEARNING_RATE', value: 3e-5 },
        ],
      },
    });
    expect(tried(state).slice(1, 3)).toEqual(['LEARNING_RATE=0.00003', 'NUM_TRAIN_EPOCHS=5']);
  });

  test('that was set before the plan is tried, whether or not the plan names its parameter', async () => {
    const { state } = await play({ during: { 1: [{ decision: 'set', key: 'WARMUP_RATIO', value: 0.2 }] } }, [], {
      adviseValue: async ({ context: { key } }) =>
        advice<SuggestionReply>({ key: key!, value: null, exhausted: true, reason }),
    });
    expect(tried(state)).toEqual(['WARMUP_RATIO=0.2']);
    expect(state.notes).toContain('WARMUP_RATIO is tuned since a person set a value for it; the plan did not name it');
  });
});

describe('a stop', () => {
  test.each<[boolean]>([[true], [false]])(
    'of the round in the last round does not end the run (interactive: %s)',
    async (interactive) => {
      const { state, world } = await play({ during: { 3: [{ decision: 'stop-round' }] } }, [
        `INTERACTIVE_MODE=${interactive}`,
      ]);
      expect(state.status).toBe('completed');
      expect(state.fixed.map(({ key }) => key)).toEqual(['LEARNING_RATE', 'NUM_TRAIN_EPOCHS']);
      expect(asked(world)).toEqual(interactive ? ALL : []);
    },
  );

  test('of the parameter in its last round goes on to the next one without asking', async () => {
    const { state, world } = await play({ during: { 3: [{ decision: 'stop-parameter' }] } });
    expect(state.status).toBe('completed');
    expect(asked(world)).toEqual(ALL.filter((id) => id !== 'LEARNING_RATE/end'));
  });

  test('that comes while the adviser is asked comes before the training', async () => {
    const state = newRun('tune', earlierConfig('INTERACTIVE_MODE=false'), 0);
    const world = memoryWorld(
      state,
      {
        probeAdviser: async () => ({ kind: 'openai', model: 'gpt-test', note: '' }),
        advisePlan: async () => advice<PlanReply>({ base_config: [], priority_keys: ['LEARNING_RATE'], reason }),
        adviseValue: async () =>
          advice<SuggestionReply>({ key: 'LEARNING_RATE', value: 5e-5, exhausted: false, reason }),
      },
      undefined,
      (activity) => (activity === 'adviseValue' ? [{ decision: 'stop-round' }] : []),
    );
    await tellRun(world.host);
    expect(world.trained).toHaveLength(1);
    expect(state.fixed).toMatchObject([{ key: 'LEARNING_RATE', rounds: 0, why: 'stopped by a person after 0 rounds' }]);
  });

  test('at once ends the training in hand, and confirms and publishes the best so far', async () => {
    const { state, world } = await play({ during: { 3: [{ decision: 'stop-now' }] } });
    expect(state).toMatchObject({ status: 'stopped', endedEarly: 'a person stopped the run at once' });
    expect(state.trials).toHaveLength(2);
    expect(state.notes).toContain(
      'trial 3 (LEARNING_RATE = 1e-4) was ended unfinished: a person stopped the run at once',
    );
    expect(world.calls.slice(-6)).toEqual([
      'evaluateHeldOut',
      'publishModel',
      'summary',
      'summary-fallback',
      'writeReport',
      'keepRecord',
    ]);
    expect(state.bestModel).not.toBeNull();
    expect(state.usage.trainSeconds).toBe(8 + 8 + 0.25 + 1);
  });

  test('at once during the confirmation publishes without what is left of it', async () => {
    const { state, world } = await play({ during: { 6: [{ decision: 'stop-now' }] } }, ['CONFIRM_SEEDS=2']);
    expect(world.trained).toHaveLength(6);
    expect(state.bestModel).not.toBeNull();
    expect(state.notes).toContainEqual(expect.stringMatching(/confirmation is incomplete: a person stopped/));
  });

  test('at once before anything was trained is no failure', async () => {
    const { state } = await play({ during: { 1: [{ decision: 'stop-now' }] } });
    expect(state).toMatchObject({ status: 'stopped', trials: [], bestModel: null });
  });
});

test('a value that is set while the adviser is asked comes before its last word', async () => {
  const state = newRun('tune', earlierConfig('INTERACTIVE_MODE=false'), 0);
  const world = memoryWorld(
    state,
    {
      probeAdviser: async () => ({ kind: 'openai', model: 'gpt-test', note: '' }),
      advisePlan: async () => advice<PlanReply>({ base_config: [], priority_keys: ['LEARNING_RATE'], reason }),
      adviseValue: async () => advice<SuggestionReply>({ key: 'LEARNING_RATE', value: null, exhausted: true, reason }),
    },
    undefined,
    (activity) => (activity === 'adviseValue' ? [{ decision: 'set', key: 'LEARNING_RATE', value: 3e-5 }] : []),
  );
  await tellRun(world.host);
  expect(tried(state)).toEqual(['LEARNING_RATE=0.00003']);
});

test('a value that comes too late for its parameter is told, not lost', async () => {
  const { state } = await play({
    during: { 2: [{ decision: 'set', key: 'LEARNING_RATE', value: 3e-5 }, { decision: 'stop-parameter' }] },
  });
  expect(state.notes).toContainEqual(
    expect.stringMatching(
      /^LEARNING_RATE = 0\.00003, set by a person, is not tried: the parameter has ended \(stopped/,
    ),
  );
});

describe('the time of a run', () => {
  test('leaves out what the probe of the trainer waited for a free worker', async () => {
    const state = newRun('tune', earlierConfig('INTERACTIVE_MODE=false', 'MAX_RUN_SECONDS=3600'), 0);
    const hours = { passed: 0 };
    const world = memoryWorld(state, {
      probeTrainer: async () => {
        hours.passed = 2;
        return FACTS;
      },
    });
    const now = world.host.now;
    await tellRun({ ...world.host, now: () => now() + hours.passed * 3_600_000 });
    expect(state.status).toBe('completed');
  });

  test('that is used up between two remedies begins no training of no seconds', async () => {
    const { state, world } = await play({}, ['INTERACTIVE_MODE=false', 'MAX_RUN_SECONDS=20'], {
      trainTrial: async () => {
        throw typedFailure('oom', { train_seconds: 25 });
      },
    });
    expect(world.trained.every(({ maxSeconds }) => maxSeconds! > 0)).toBe(true);
    expect(state.trials.every(({ failure }) => failure?.kind !== 'deadline')).toBe(true);
  });

  test('bounds a training, and leaves out what was spent in the queue', async () => {
    const allowed: (number | null)[] = [];
    const { state } = await play({}, ['INTERACTIVE_MODE=false', 'MAX_RUN_SECONDS=100'], {
      trainTrial: async ({ maxSeconds, config: { LEARNING_RATE } }) => {
        allowed.push(maxSeconds);
        return { ...result(LEARNING_RATE), trainSeconds: 0.5 };
      },
    });
    expect(allowed[0]).toBeLessThanOrEqual(100);
    expect(allowed.every((seconds) => seconds !== null && seconds > 0)).toBe(true);
    // The fake clock gives each activity 1 s: all of the probe's was waiting, and half of each training's.
    expect(state.waitedMs).toBe(1000 + 500 * state.trials.length);
  });
});

describe('out of memory', () => {
  test('is on record also when its remedy was measured before, so that nobody tries it again', async () => {
    // 32 x 1 does not fit; its remedy, 16 x 2, is the base configuration, which was measured.
    const { state, world } = await play(
      {},
      ['INTERACTIVE_MODE=false', 'TUNABLE_KEYS=[TRAIN_BATCH_SIZE, GRAD_ACC_STEPS]'],
      {
        advisePlan: async () =>
          advice<PlanReply>({
            base_config: [
              { key: 'TRAIN_BATCH_SIZE', value: 16 },
              { key: 'GRAD_ACC_STEPS', value: 2 },
            ],
            priority_keys: ['TRAIN_BATCH_SIZE'],
            reason,
          }),
        adviseValue: async () =>
          advice<SuggestionReply>({ key: 'TRAIN_BATCH_SIZE', value: 32, exhausted: false, reason }),
        trainTrial: async ({ config: { TRAIN_BATCH_SIZE } }) => {
          if (TRAIN_BATCH_SIZE > 16) throw typedFailure('oom', { train_seconds: 1 });
          return result(TRAIN_BATCH_SIZE === 16 ? 0.4 : 0.5);
        },
      },
    );
    expect(world.trained.map(({ config: { TRAIN_BATCH_SIZE } }) => TRAIN_BATCH_SIZE)).toEqual([8, 16, 32]);
    expect(state.trials[2]).toMatchObject({
      values: { TRAIN_BATCH_SIZE: 32 },
      failure: { kind: 'oom', message: expect.stringContaining('the remedy was measured before, as trial 2') },
    });
    expect(state.refusals).toContainEqual(
      expect.objectContaining({ why: expect.stringContaining('measured already') }),
    );
  });

  test('of a remedy too, whose own remedy was measured before, under the name of what failed last', async () => {
    const tunable = ['INTERACTIVE_MODE=false', 'TUNABLE_KEYS=[TRAIN_BATCH_SIZE, GRAD_ACC_STEPS]'];
    const { state, world } = await play({}, tunable, {
      advisePlan: async () =>
        advice<PlanReply>({
          base_config: [{ key: 'GRAD_ACC_STEPS', value: 4 }],
          priority_keys: ['TRAIN_BATCH_SIZE'],
          reason,
        }),
      // 32 x 1 and 16 x 2 do not fit; 8 x 4 is the base configuration, which was measured.
      adviseValue: async () =>
        advice<SuggestionReply>({ key: 'TRAIN_BATCH_SIZE', value: 32, exhausted: false, reason }),
      trainTrial: async ({ config: { TRAIN_BATCH_SIZE, GRAD_ACC_STEPS } }) => {
        if (TRAIN_BATCH_SIZE > 8) throw typedFailure('oom', { train_seconds: 1 });
        return result(GRAD_ACC_STEPS === 4 ? 0.4 : 0.5);
      },
    });
    const failed = state.trials[2]!;
    expect(failed).toMatchObject({
      id: world.trained[3]!.trial,
      values: { TRAIN_BATCH_SIZE: 16, GRAD_ACC_STEPS: 2 },
      remedies: [{ before: { TRAIN_BATCH_SIZE: 32, GRAD_ACC_STEPS: 1 } }],
      failure: { kind: 'oom' },
    });
    for (const values of [{ TRAIN_BATCH_SIZE: 32, GRAD_ACC_STEPS: 1 }, failed.values])
      expect(measured(state, { ...currentValues(state), ...values })).toBe(failed);
  });
});
