import { describe, expect, test } from '@jest/globals';
import { MODELS_LOST } from '../../src/domain/failures.ts';
import { newRun } from '../../src/domain/runState.ts';
import type { RunState } from '../../src/domain/runState.ts';
import type { Advice, Consultation } from '../../src/domain/contract.ts';
import type { PlanReply, SuggestionReply } from '../../src/domain/suggestions.ts';
import { tellRun } from '../../src/workflows/tuningRun.ts';
import { earlierConfig, result } from '../domain/runs.ts';
import type { Fakes } from './memoryHost.ts';
import { memoryWorld, typedFailure } from './memoryHost.ts';

const reason = { zh: '因为', en: 'because' };
const advice = <T>(value: T | null, problem: string | null = null): Advice<T> => ({
  value,
  problem,
  raw: JSON.stringify(value),
  model: 'gpt-test',
  usage: { promptTokens: 100, completionTokens: 20 },
});
const plan = (keys: string[], base: PlanReply['base_config'] = []) =>
  advice<PlanReply>({ base_config: base, priority_keys: keys, reason });
const value = (key: string, next: string | number | null, exhausted = false) =>
  advice<SuggestionReply>({ key, value: next, exhausted, reason });

async function play(
  fakes: Fakes,
  set: string[] = [],
  person?: Parameters<typeof memoryWorld>[2],
): Promise<{ state: RunState; world: ReturnType<typeof memoryWorld> }> {
  const state = newRun('tune', earlierConfig('INTERACTIVE_MODE=false', ...set), 0);
  const world = memoryWorld(
    state,
    {
      probeAdviser: async () => ({ kind: 'openai', model: 'gpt-test', note: '' }),
      advisePlan: async () => plan(['LEARNING_RATE']),
      ...fakes,
    },
    person,
  );
  await tellRun(world.host);
  return { state, world };
}

/** An adviser that answers each call by its id. */
const scripted =
  (answers: Record<string, Advice<SuggestionReply>>) =>
  async ({ callId }: Consultation) => {
    const answer = answers[callId];
    if (!answer) throw typedFailure('adviser_unavailable');
    return answer;
  };

test('a training is known while it runs, with what is tried, why, and its remedy; not after it', async () => {
  const state = newRun('tune', earlierConfig('INTERACTIVE_MODE=false', 'ROUNDS_PER_PARAM=1'), 0);
  const seen: RunState['inHand'][] = [];
  const world = memoryWorld(state, {
    probeAdviser: async () => ({ kind: 'openai', model: 'gpt-test', note: '' }),
    advisePlan: async () => plan(['LEARNING_RATE']),
    adviseValue: scripted({ 'suggest-LEARNING_RATE-1': value('LEARNING_RATE', 5e-5) }),
    trainTrial: async ({ config: { LEARNING_RATE, TRAIN_BATCH_SIZE } }) => {
      seen.push(world.host.state.inHand);
      if (LEARNING_RATE === 5e-5 && TRAIN_BATCH_SIZE === 8) throw typedFailure('oom');
      return result(LEARNING_RATE);
    },
  });
  await tellRun(world.host);
  expect(seen[0]).toMatchObject([{ number: 1, purpose: 'baseline', reason: null, remedies: [] }]);
  const tried = { number: 2, key: 'LEARNING_RATE', round: 1, proposedBy: 'adviser', reason };
  expect(seen[1]).toMatchObject([{ ...tried, values: { LEARNING_RATE: 5e-5 }, remedies: [] }]);
  expect(seen[2]).toMatchObject([{ ...tried, remedies: [{ kind: 'oom', after: { TRAIN_BATCH_SIZE: 4 } }] }]);
  expect(world.host.state.inHand).toEqual([]);
});

describe('models that went with their host', () => {
  const lostOnce = (): Fakes => {
    let here = false;
    const scores = { split: 'test', pairs: 10, scores: { best: 0.5 }, difference: null, seconds: 1 };
    return {
      adviseValue: async () => value('LEARNING_RATE', null, true),
      trainTrial: async ({ config: { LEARNING_RATE } }) => result(LEARNING_RATE),
      evaluateHeldOut: async ({ models }) => {
        if (here) return scores;
        here = true;
        throw typedFailure(MODELS_LOST, { trials: [models[0]!.trial] });
      },
    };
  };

  test('are trained again, once, with the same configuration, and the run says so', async () => {
    const { state, world } = await play(lostOnce());
    expect(world.calls).toEqual([
      'probeTrainer',
      'probeAdviser',
      'trainTrial',
      'plan',
      'suggest-LEARNING_RATE-1',
      'evaluateHeldOut',
      'trainTrial',
      'evaluateHeldOut',
      'publishModel',
      'summary',
      'summary-fallback',
      'writeReport',
      'keepRecord',
    ]);
    expect(world.trained[1]).toMatchObject({
      trial: world.trained[0]!.trial,
      config: world.trained[0]!.config,
      number: 1,
    });
    expect(state).toMatchObject({ status: 'completed', usage: { trainSeconds: 8 + 8 + 1 } });
    expect(state.notes.join()).toContain(
      'the model of trial 1 was lost with its host and was trained again: it is the same, bit by bit',
    );
  });

  test('are not trained again beyond MAX_TRAIN_SECONDS, and the run says so', async () => {
    const { state, world } = await play(lostOnce(), ['MAX_TRAIN_SECONDS=8']);
    expect(world.trained).toHaveLength(1);
    expect(state.notes.join()).toContain('the held-out confirmation is incomplete: MAX_TRAIN_SECONDS (8) is used up');
  });

  test('that stay lost end the work after one more training', async () => {
    const { state, world } = await play({
      ...lostOnce(),
      publishModel: async ({ state: { incumbent } }) => {
        throw typedFailure(MODELS_LOST, { trials: [incumbent] });
      },
    });
    expect(world.calls.filter((call) => call === 'publishModel')).toHaveLength(2);
    expect(state.status).toBe('failed');
  });
});

describe('the story of a run', () => {
  test('goes from the default over plan and rounds to confirmation, best model, summary and report, in this order', async () => {
    const { state, world } = await play(
      {
        advisePlan: async () => plan(['LEARNING_RATE', 'NUM_TRAIN_EPOCHS'], [{ key: 'WARMUP_RATIO', value: 0.2 }]),
        adviseValue: scripted({
          'suggest-LEARNING_RATE-1': value('LEARNING_RATE', 5e-5),
          'suggest-LEARNING_RATE-2': value('LEARNING_RATE', 1e-4),
          'suggest-NUM_TRAIN_EPOCHS-1': value('NUM_TRAIN_EPOCHS', 2),
          'suggest-NUM_TRAIN_EPOCHS-2': value('NUM_TRAIN_EPOCHS', 3),
        }),
        adviseSummary: async () => advice({ summary: { zh: '总结', en: 'summary' } }),
      },
      ['ROUNDS_PER_PARAM=2'],
    );
    expect(world.calls).toEqual([
      'probeTrainer',
      'probeAdviser',
      'trainTrial',
      'plan',
      'trainTrial',
      'suggest-LEARNING_RATE-1',
      'trainTrial',
      'suggest-LEARNING_RATE-2',
      'trainTrial',
      'keepRecord',
      'suggest-NUM_TRAIN_EPOCHS-1',
      'trainTrial',
      'suggest-NUM_TRAIN_EPOCHS-2',
      'trainTrial',
      'evaluateHeldOut',
      'publishModel',
      'summary',
      'writeReport',
      'keepRecord',
    ]);
    expect(state.status).toBe('completed');
    expect(world.boundaries()).toBe(1);
    expect(state.fixed.map(({ key, value: fixed }) => [key, fixed])).toEqual([
      ['LEARNING_RATE', 1e-4],
      ['NUM_TRAIN_EPOCHS', 1],
    ]);
    expect(state.usage).toMatchObject({ calls: 6, promptTokens: 600, completionTokens: 120 });
  });

  test('a refused suggestion gets one repair turn that quotes the error, then the search model', async () => {
    const asked: Consultation[] = [];
    const { state } = await play(
      {
        adviseValue: async (consultation) => {
          asked.push(consultation);
          return consultation.adviser === 'local' ? value('LEARNING_RATE', 3e-5) : value('SEED', 7);
        },
      },
      ['ROUNDS_PER_PARAM=1'],
    );
    expect(asked.map(({ callId, adviser }) => [callId, adviser])).toEqual([
      ['suggest-LEARNING_RATE-1', 'openai'],
      ['suggest-LEARNING_RATE-1-repair', 'openai'],
      ['suggest-LEARNING_RATE-1-fallback', 'local'],
    ]);
    expect(asked[1]!.repair?.problem).toContain('SEED is protected');
    expect(asked[2]!.context.refusals.join()).toContain('SEED is protected');
    expect(state.refusals).toHaveLength(2);
    expect(state.trials.at(-1)).toMatchObject({ proposedBy: 'fallback', values: { LEARNING_RATE: 3e-5 } });
  });

  test('a plan that fails falls back to the defaults and the first tunable keys, and says so', async () => {
    const { state } = await play(
      {
        advisePlan: async () => {
          throw typedFailure('adviser_unavailable');
        },
        adviseValue: async ({ context }) => value(context.key!, null, true),
      },
      ['MAX_PRIORITY_PARAMS=2'],
    );
    expect(state.plan).toMatchObject({
      baseConfig: {},
      priorityKeys: ['LEARNING_RATE', 'NUM_TRAIN_EPOCHS'],
      proposedBy: 'fallback',
    });
    expect(state.notes.join()).toContain('no adviser gave a usable plan');
  });

  test('after a refused key the language model is not asked again', async () => {
    const { world, state } = await play(
      {
        advisePlan: async ({ adviser }) => {
          if (adviser === 'openai') throw typedFailure('adviser_auth');
          return plan(['LEARNING_RATE']);
        },
        adviseValue: async ({ adviser }) =>
          adviser === 'local' ? value('LEARNING_RATE', 4e-5) : value('LEARNING_RATE', 9e-5),
      },
      ['ROUNDS_PER_PARAM=1'],
    );
    expect(state.adviserClosed).toContain('adviser_auth');
    expect(world.calls.filter((call) => call.startsWith('suggest'))).toEqual(['suggest-LEARNING_RATE-1-fallback']);
    expect(state.usage.calls).toBe(0);
  });

  test('out of memory halves the batch and doubles the accumulation, at most twice, and is told', async () => {
    const { state, world } = await play({
      trainTrial: async ({ config: { TRAIN_BATCH_SIZE: batch } }) => {
        if (batch > 2) throw typedFailure('oom');
        return result(0.5);
      },
      adviseValue: async () => value('LEARNING_RATE', null, true),
    });
    expect(
      world.trained.map(({ config: { TRAIN_BATCH_SIZE, GRAD_ACC_STEPS } }) => [TRAIN_BATCH_SIZE, GRAD_ACC_STEPS]),
    ).toEqual([
      [8, 1],
      [4, 2],
      [2, 4],
    ]);
    expect(state.trials[0]!.remedies).toHaveLength(2);
    expect(state.baseline).toBe(state.trials[0]!.id);
  });

  test('out of memory computes a loss with in-batch negatives in parts, at the same batch, and later trainings too', async () => {
    const { state, world } = await play(
      {
        trainTrial: async ({ config: { LOSS, MINI_BATCH_SIZE: parts } }) => {
          if (LOSS !== 'cached_mnrl' || parts! > 2) throw typedFailure('oom');
          return result(0.5);
        },
        adviseValue: scripted({ 'suggest-LEARNING_RATE-1': value('LEARNING_RATE', 4e-5) }),
      },
      ['TASK=retrieval', 'TRAIN_BATCH_SIZE=32', 'ROUNDS_PER_PARAM=1'],
    );
    const memory = world.trained.map(({ config }) => [config.LOSS, config.TRAIN_BATCH_SIZE, config.MINI_BATCH_SIZE]);
    expect(memory.slice(0, 3)).toEqual([
      ['mnrl', 32, null],
      ['cached_mnrl', 32, 8],
      ['cached_mnrl', 32, 2],
    ]);
    expect(memory.slice(3).every(([loss, batch, parts]) => loss === 'cached_mnrl' && batch === 32 && parts === 2)).toBe(
      true,
    );
    expect(world.trained.every(({ config }) => config.GRAD_ACC_STEPS === 1)).toBe(true);
    expect(memory.length).toBeGreaterThan(3);
    expect(state.trials[0]!.remedies).toHaveLength(2);
  });

  test('a round that fails for good has no score, and the run goes on', async () => {
    const { state } = await play(
      {
        trainTrial: async ({ config: { LEARNING_RATE } }) => {
          if (LEARNING_RATE > 1e-4) throw typedFailure('nan', { step: 3 });
          return result(LEARNING_RATE);
        },
        adviseValue: scripted({
          'suggest-LEARNING_RATE-1': value('LEARNING_RATE', 4e-4),
          'suggest-LEARNING_RATE-2': value('LEARNING_RATE', 9e-5),
        }),
      },
      ['ROUNDS_PER_PARAM=2'],
    );
    expect(state.trials.map(({ result: scored, failure }) => failure?.kind ?? scored!.score)).toEqual([
      2e-5,
      'nan',
      9e-5,
    ]);
    expect(state.status).toBe('completed');
  });

  test('data that cannot be used end the run before the adviser is asked', async () => {
    const { state, world } = await play({
      trainTrial: async () => {
        throw typedFailure('data');
      },
    });
    expect(state).toMatchObject({ status: 'failed', failureKind: 'data' });
    expect(world.calls).not.toContain('plan');
  });

  test('a spent training budget ends the tuning, and what was found is confirmed and published', async () => {
    const { state, world } = await play(
      { adviseValue: async ({ context }) => value('LEARNING_RATE', 2e-5 + context.trials.length * 1e-5) },
      ['MAX_TRAIN_SECONDS=20'],
    );
    expect(world.trained.map(({ maxSeconds }) => maxSeconds)).toEqual([20, 12, 4]);
    expect(state.endedEarly).toContain('MAX_TRAIN_SECONDS');
    expect(world.calls.slice(-6)).toEqual([
      'evaluateHeldOut',
      'publishModel',
      'summary',
      'summary-fallback',
      'writeReport',
      'keepRecord',
    ]);
  });

  test('a spent token budget hands the advice to the search model', async () => {
    const { state, world } = await play(
      {
        adviseValue: async ({ adviser, context }) =>
          value('LEARNING_RATE', (adviser === 'local' ? 5e-5 : 1e-5) + context.trials.length * 1e-6),
      },
      ['MAX_TOKENS=200', 'ROUNDS_PER_PARAM=3'],
    );
    expect(state.usage.calls).toBe(2);
    expect(world.calls.filter((call) => call.startsWith('suggest'))).toEqual([
      'suggest-LEARNING_RATE-1',
      'suggest-LEARNING_RATE-2-fallback',
      'suggest-LEARNING_RATE-3-fallback',
    ]);
  });

  test('a person who says no after a round is asked about the next parameter, and may end the run', async () => {
    const answers = [[{ decision: 'stop-round' as const }], [{ decision: 'stop-run' as const }]];
    const { state, world } = await play(
      {
        advisePlan: async () => plan(['LEARNING_RATE', 'NUM_TRAIN_EPOCHS']),
        adviseValue: async ({ context }) => value(context.key!, context.key === 'LEARNING_RATE' ? 5e-5 : 2),
      },
      ['INTERACTIVE_MODE=true'],
      () => answers.shift() ?? [],
    );
    expect(world.trained).toHaveLength(2);
    expect(state).toMatchObject({ status: 'stopped', endedEarly: 'a person stopped the run' });
    expect(state.fixed).toHaveLength(1);
  });

  test("a person's value is trained next and named as theirs", async () => {
    const answers = [[{ decision: 'set' as const, key: 'LEARNING_RATE', value: 3.3e-5 }]];
    const { state, world } = await play(
      { adviseValue: scripted({ 'suggest-LEARNING_RATE-1': value('LEARNING_RATE', 5e-5) }) },
      ['INTERACTIVE_MODE=true', 'ROUNDS_PER_PARAM=2'],
      () => answers.shift() ?? [],
    );
    expect(state.trials.at(-1)).toMatchObject({ proposedBy: 'person', values: { LEARNING_RATE: 3.3e-5 } });
    expect(world.calls.filter((call) => call.startsWith('suggest'))).toEqual(['suggest-LEARNING_RATE-1']);
  });

  test('fresh seeds train default and winner again, and only the seed differs', async () => {
    const { state, world } = await play(
      { adviseValue: scripted({ 'suggest-LEARNING_RATE-1': value('LEARNING_RATE', 5e-5) }) },
      ['CONFIRM_SEEDS=2', 'ROUNDS_PER_PARAM=1'],
    );
    expect(world.trained.map(({ config: { SEED, LEARNING_RATE } }) => [SEED, LEARNING_RATE])).toEqual([
      [42, 2e-5],
      [42, 5e-5],
      [43, 2e-5],
      [43, 5e-5],
      [44, 2e-5],
      [44, 5e-5],
    ]);
    expect(state.confirmation?.seeds).toHaveLength(2);
    expect(state.trials.filter(({ accepted }) => accepted)).toHaveLength(2);
  });
});

describe('a run that cannot go on', () => {
  const broken = { adviseValue: async () => value('LEARNING_RATE', 1e-4) } satisfies Fakes;

  test('still publishes its best model, reports and leaves its record, in this order', async () => {
    const recorded: RunState[] = [];
    const { state, world } = await play({
      ...broken,
      publishModel: async () => {
        throw typedFailure('disk');
      },
      keepRecord: async ({ state: saved }) => {
        recorded.push(saved);
      },
    });
    expect(world.calls.slice(-4)).toEqual(['publishModel', 'salvageRun', 'writeReport', 'keepRecord']);
    expect(state).toMatchObject({
      status: 'failed',
      failureKind: 'disk',
      bestModel: 'models/x/best_overall_model',
      report: 'docs/reports/r.md',
    });
    expect(recorded.at(-1)).toMatchObject({ phase: 'ended', status: 'failed', bestModel: state.bestModel });
  });

  test('says so when even that fails, and keeps its reason', async () => {
    const { state } = await play({
      ...broken,
      publishModel: async () => {
        throw typedFailure('disk');
      },
      salvageRun: async () => {
        throw typedFailure('disk');
      },
      keepRecord: async () => {
        throw typedFailure('disk');
      },
    });
    expect(state).toMatchObject({ status: 'failed', endedEarly: 'it was disk', bestModel: null });
    expect(state.notes.join()).toMatch(
      /best model published: it was disk; its weights are in the run's trials.*record could not be written: it was disk/,
    );
  });

  test('because the disk is full in a round: the trial has failed, the rest stands', async () => {
    let trainings = 0;
    const { state } = await play({
      ...broken,
      trainTrial: async ({ config: { LEARNING_RATE } }) => {
        trainings += 1;
        if (trainings > 1) throw typedFailure('disk');
        return result(LEARNING_RATE);
      },
    });
    expect(state).toMatchObject({ status: 'completed', bestModel: 'models/x/best_overall_model' });
    expect(state.trials.map(({ failure }) => failure?.kind ?? null).slice(0, 2)).toEqual([null, 'disk']);
  });

  test('keeps the commands of the release that began it', async () => {
    const state = newRun('tune', earlierConfig('INTERACTIVE_MODE=false'), 0);
    const world = memoryWorld(state, {
      publishModel: async () => {
        throw typedFailure('disk');
      },
    });
    await tellRun({ ...world.host, release: 2 });
    expect(world.calls).toEqual(expect.not.arrayContaining(['salvageRun']));
    expect(world.calls).toEqual(expect.not.arrayContaining(['keepRecord']));
    expect(world.calls.at(-1)).toBe('writeReport');
  });
});

test('a training knows whom it is held against, and the weights of losers that are left go before it begins', async () => {
  const { world } = await play({
    adviseValue: scripted({
      'suggest-LEARNING_RATE-1': value('LEARNING_RATE', 1e-6),
      'suggest-LEARNING_RATE-2': value('LEARNING_RATE', 1e-4),
      'suggest-LEARNING_RATE-3': value('LEARNING_RATE', 2e-4),
    }),
  });
  const [, worse, better] = world.trained.map(({ trial }) => trial);
  expect(world.trained.map(({ losers }) => losers)).toEqual([[], [], [worse], [worse]]);
  const rivals = world.trained.map(({ rival }) => rival && [rival.trial, rival.stays]);
  const [first] = world.trained.map(({ trial }) => trial);
  expect(rivals).toEqual([null, [first, true], [first, true], [better, false]]);
});
