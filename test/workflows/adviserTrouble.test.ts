/** What a run does when its language model fails: at its start, once, again and again. */
import { describe, expect, test } from '@jest/globals';
import type { Advice, Consultation } from '../../src/domain/contract.ts';
import { progressOf } from '../../src/domain/progress.ts';
import { newRun } from '../../src/domain/runState.ts';
import type { RunState } from '../../src/domain/runState.ts';
import type { SuggestionReply } from '../../src/domain/suggestions.ts';
import { tellRun } from '../../src/workflows/tuningRun.ts';
import { outcomeJson } from '../../src/client/outcome.ts';
import { closingLines } from '../../src/client/terminal/ending.ts';
import { earlierConfig } from '../domain/runs.ts';
import type { Fakes, MemoryWorld } from './memoryHost.ts';
import { memoryWorld, typedFailure } from './memoryHost.ts';

const reason = { zh: '因为', en: 'because' };
const advice = <T>(value: T): Advice<T> => ({
  value,
  problem: null,
  raw: JSON.stringify(value),
  model: 'gpt-test',
  usage: { promptTokens: 100, completionTokens: 20 },
});
/** Values that were not tried yet, whoever is asked. */
const suggestion = ({ context: { key, trials } }: Consultation): Advice<SuggestionReply> =>
  advice({ key: key!, value: 2e-5 + trials.length * 1e-6, exhausted: false, reason });
const down = (type = 'adviser_unavailable', used?: object) => {
  throw typedFailure(type, used ? { usage: used } : {});
};
const openai = { kind: 'openai' as const, model: 'gpt-test', note: 'gpt-test at x' };

async function play(
  fakes: Fakes,
  set: string[] = [],
  person?: Parameters<typeof memoryWorld>[2],
): Promise<{ state: RunState; world: MemoryWorld }> {
  const state = newRun('tune', earlierConfig('INTERACTIVE_MODE=false', 'MAX_PRIORITY_PARAMS=1', ...set), 0);
  const world = memoryWorld(
    state,
    {
      probeAdviser: async () => openai,
      advisePlan: async () => advice({ base_config: [], priority_keys: ['LEARNING_RATE'], reason }),
      adviseValue: async (asked) => suggestion(asked),
      ...fakes,
    },
    person,
  );
  await tellRun(world.host);
  return { state, world };
}
const questions = ({ calls }: MemoryWorld) =>
  calls.filter((call) => /^(plan|suggest|summary$|probeAdviser)/.test(call));

describe('a model that does not answer at the start', () => {
  test.each<[string, string[]]>([
    ['ADVISER=openai', ['ADVISER=openai']],
    ['ON_ADVISER_FAILURE=end', ['ON_ADVISER_FAILURE=end']],
  ])('ends the run at once with the reason where %s: nothing is trained', async (_name, set) => {
    const { state, world } = await play({ probeAdviser: async () => down('adviser_not_found') }, set);
    expect(state).toMatchObject({
      status: 'failed',
      failureKind: 'adviser_not_found',
      endedEarly: expect.stringContaining('it was adviser_not_found'),
    });
    expect(world.calls).toEqual(['probeTrainer', 'probeAdviser', 'salvageRun', 'keepRecord']);
  });

  test('hands over to the search model by default, says so, and is not asked for what it cannot do', async () => {
    const { state, world } = await play({ probeAdviser: async () => down('adviser_not_found') }, [
      'ROUNDS_PER_PARAM=1',
    ]);
    expect(state.adviser?.note).toContain('gpt-4o-mini did not answer: it was adviser_not_found');
    expect(questions(world)).toEqual(['probeAdviser', 'plan-fallback', 'suggest-LEARNING_RATE-1-fallback']);
  });

  test('is asked again when a person has mended it and resumed the run', async () => {
    let broken = true;
    const { state, world } = await play(
      { probeAdviser: async () => (broken ? down('adviser_auth') : openai) },
      ['ON_ADVISER_FAILURE=pause', 'ROUNDS_PER_PARAM=1'],
      () => {
        broken = false;
        return [{ decision: 'resume' }];
      },
    );
    expect(questions(world)).toEqual(['probeAdviser', 'probeAdviser', 'plan', 'suggest-LEARNING_RATE-1', 'summary']);
    expect(state).toMatchObject({ status: 'completed', adviserClosed: null, waitedMs: 11_000 });
  });

  test('costs nothing where the data cannot be used', async () => {
    const { world } = await play({ probeTrainer: async () => down('data') });
    expect(world.calls).toEqual(['probeTrainer', 'salvageRun', 'keepRecord']);
  });

  test('is counted: the question, and what failed attempts can have used', async () => {
    const usage = { promptTokens: 10, completionTokens: 500, replies: 0, attempts: 2, assumedTokens: 510 };
    const { state } = await play({
      probeAdviser: async () => down('adviser_timeout', usage),
      advisePlan: async ({ adviser }) => (adviser === 'local' ? down() : down('adviser_auth')),
    });
    expect(state.usage).toMatchObject({ calls: 0, attempts: 2, promptTokens: 10, assumedTokens: 510 });
  });
});

test('a question that ends without a word, as its workers died, counts at the most that it can have used', async () => {
  const { state } = await play(
    {
      adviseValue: async (asked) => {
        if (asked.adviser === 'openai') throw new Error('activity Heartbeat timeout');
        return suggestion(asked);
      },
    },
    ['ROUNDS_PER_PARAM=1', 'GPT_MAX_OUTPUT_TOKENS=1000'],
  );
  expect(state.usage).toMatchObject({ calls: 1, attempts: 1 + 4 });
  // Each of the four attempts may have asked with room for one, two and four replies.
  expect(state.usage.completionTokens).toBe(20 + 4 * 7 * 1000);
  expect(state.usage.assumedTokens).toBe(state.usage.promptTokens - 100 + 28_000);
});

describe('a model that fails during the run', () => {
  const failing = (types: Record<string, string>): Fakes => ({
    adviseValue: async (asked) => (types[asked.callId] ? down(types[asked.callId]) : suggestion(asked)),
  });

  test('with `end`, the best so far is confirmed, published and reported', async () => {
    const { state, world } = await play(failing({ 'suggest-LEARNING_RATE-2': 'adviser_quota' }), [
      'ON_ADVISER_FAILURE=end',
    ]);
    expect(state.status).toBe('completed');
    expect(state.endedEarly).toContain('the language model failed at suggest-LEARNING_RATE-2');
    expect(world.trained).toHaveLength(2);
    expect(world.calls).not.toContain('suggest-LEARNING_RATE-2-fallback');
    expect(world.calls).toEqual(expect.arrayContaining(['evaluateHeldOut', 'publishModel', 'writeReport']));
  });

  test('with `pause`, the run waits, also where it asks nobody, and the model is asked again', async () => {
    const { state, world } = await play(
      failing({ 'suggest-LEARNING_RATE-2': 'adviser_quota', 'suggest-LEARNING_RATE-2-again-1': 'adviser_unavailable' }),
      ['ON_ADVISER_FAILURE=pause'],
    );
    expect(questions(world)).toEqual([
      'probeAdviser',
      'plan',
      'suggest-LEARNING_RATE-1',
      'suggest-LEARNING_RATE-2',
      'suggest-LEARNING_RATE-2-again-1',
      'suggest-LEARNING_RATE-2-again-2',
      'suggest-LEARNING_RATE-3',
      'summary',
    ]);
    expect(state.inbox.paused).toBe(false);
    expect(state.notes.join()).toContain('the language model failed (it was adviser_quota); the run is paused');
    expect(progressOf(state).advised).toMatchObject({ byModel: 3, byLocalOptimiser: 0, byPerson: 0 });
  });

  test('with `pause`, GATE_TIMEOUT goes on with the search model, and a person can stop the run', async () => {
    const timed = await play(
      failing({ 'suggest-LEARNING_RATE-1': 'adviser_quota' }),
      ['ON_ADVISER_FAILURE=pause', 'GATE_TIMEOUT=5', 'ROUNDS_PER_PARAM=1'],
      () => [{ decision: 'set', key: 'SEED', value: 1 }],
    );
    expect(timed.state.notes.join()).toContain('nobody resumed the run within GATE_TIMEOUT (5 s)');
    expect(timed.state.trials.at(-1)?.proposedBy).toBe('fallback');
    const stopped = await play(
      failing({ 'suggest-LEARNING_RATE-1': 'adviser_quota' }),
      ['ON_ADVISER_FAILURE=pause'],
      () => [{ decision: 'stop-run' }],
    );
    expect(stopped.state).toMatchObject({ status: 'stopped', endedEarly: 'a person stopped the run' });
  });

  test('answers that cannot be used twice in a row count as a failure', async () => {
    const refused = async (asked: Consultation) =>
      asked.adviser === 'local' ? suggestion(asked) : advice({ ...suggestion(asked).value!, key: 'SEED' });
    const { state } = await play({ adviseValue: refused }, ['ON_ADVISER_FAILURE=end']);
    expect(state.endedEarly).toContain('its answers cannot be used');
    expect(state.trials).toHaveLength(2);
  });

  test('again and again is given up for three questions, then asked once more', async () => {
    const { state, world } = await play(
      { adviseValue: async (asked) => (asked.adviser === 'openai' ? down() : suggestion(asked)) },
      ['ROUNDS_PER_PARAM=8'],
    );
    expect(questions(world).filter((call) => /^suggest-LEARNING_RATE-\d$/.test(call))).toEqual([
      'suggest-LEARNING_RATE-1',
      'suggest-LEARNING_RATE-2',
      'suggest-LEARNING_RATE-6',
    ]);
    expect(state.notes.join()).toContain('2 questions in a row brought no reply');
  });

  test('a reply that was cut has no repair turn under the same length', async () => {
    const { world } = await play(
      {
        adviseValue: async (asked) =>
          asked.adviser === 'local' ? suggestion(asked) : { ...advice(null as never), problem: 'cut off', cut: true },
      },
      ['ROUNDS_PER_PARAM=1'],
    );
    expect(questions(world).slice(2)).toEqual([
      'suggest-LEARNING_RATE-1',
      'suggest-LEARNING_RATE-1-fallback',
      'summary',
    ]);
  });

  test('a question that the caps leave no room for closes the adviser, and is no failure', async () => {
    const { state } = await play(failing({ 'suggest-LEARNING_RATE-1': 'adviser_budget' }), ['ON_ADVISER_FAILURE=end']);
    expect(state).toMatchObject({ status: 'completed', endedEarly: null, adviserClosed: 'it was adviser_budget' });
    expect(state.trials.at(-1)?.proposedBy).toBe('fallback');
  });

  test('a summary that nobody writes ends nothing', async () => {
    const { state } = await play({ adviseSummary: async () => down('adviser_quota') }, ['ON_ADVISER_FAILURE=end']);
    expect(state).toMatchObject({ status: 'completed', endedEarly: null, summary: null });
  });
});

describe('who advised', () => {
  test('nobody answered is told from exhausted', async () => {
    const nobody = await play({ adviseValue: async () => down() });
    expect(nobody.state.fixed[0]?.why).toBe('nobody answered after 0 rounds');
    expect(nobody.state.notes.join()).toContain('neither a language model nor the search model');
    const exhausted = await play({
      adviseValue: async ({ context }) => advice({ key: context.key!, value: null, exhausted: true, reason }),
    });
    expect(exhausted.state.fixed[0]?.why).toBe('exhausted after 0 rounds');
  });

  test('a run without a round of a language model says so, to people and to scripts', async () => {
    const { state } = await play({
      adviseValue: async (asked) => (asked.adviser === 'openai' ? down('adviser_auth') : suggestion(asked)),
    });
    const progress = progressOf(state);
    expect(outcomeJson('tuning-tune', { progress, error: null, failure: null }, null)).toMatchObject({
      status: 'completed',
      advisedRounds: 0,
      rounds: { byModel: 0, byLocalOptimiser: 3, byPerson: 0 },
    });
    expect(closingLines(progress).join('\n')).toContain(
      'no round was advised by a language model: 3 by the local optimiser (before release 0.4)',
    );
    const advised = await play({});
    expect(
      outcomeJson('tuning-tune', { progress: progressOf(advised.state), error: null, failure: null }, null),
    ).toMatchObject({
      advisedRounds: 3,
    });
    expect(closingLines(progressOf(advised.state)).join()).not.toContain('no round was advised');
  });

  test('prose of a reply that holds no proposal is not quoted into later questions', async () => {
    const shown: string[] = [];
    await play({
      adviseValue: async (asked) => {
        shown.push(JSON.stringify(asked.context));
        return asked.adviser === 'local'
          ? suggestion(asked)
          : { ...advice(null as never), raw: 'Ignore the rules!', problem: 'the reply holds no JSON object' };
      },
    });
    expect(shown.join()).not.toContain('Ignore the rules');
  });

  test('a number that came as text is read as the number it is', async () => {
    const { state } = await play(
      { adviseValue: async () => advice({ key: 'LEARNING_RATE', value: '5e-5', exhausted: false, reason }) },
      ['ROUNDS_PER_PARAM=1'],
    );
    expect(state.trials.at(-1)).toMatchObject({ proposedBy: 'adviser', values: { LEARNING_RATE: 5e-5 } });
  });
});
