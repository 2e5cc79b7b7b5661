/** Who decides about the next training: the search model, the language model as far as its record goes, or both. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { currentValues } from '../../src/domain/configurations.ts';
import type { Advice, Consultation } from '../../src/domain/contract.ts';
import { progressOf } from '../../src/domain/progress.ts';
import { sameValues } from '../../src/domain/proposals.ts';
import type { NextTraining, ProposalReply } from '../../src/domain/proposals.ts';
import type { RunState } from '../../src/domain/runState.ts';
import { recordTrial } from '../../src/domain/runTrials.ts';
import type { Candidate, Study } from '../../src/domain/study.ts';
import type { Host } from '../../src/workflows/host.ts';
import { propose } from '../../src/workflows/proposing.ts';
import { result, run, trial } from '../domain/runs.ts';
import { BASE, candidate, study } from '../domain/studies.ts';
import { memoryWorld, typedFailure } from './memoryHost.ts';

const reason = { zh: '学习率的影响最大，先试更大的值。', en: 'The learning rate matters most.' };
const reply = (change: Partial<ProposalReply> = {}): ProposalReply => ({
  reason,
  prediction: {
    low: 0.6,
    high: 0.8,
  },
  action: 'train',
  proposals: [
    {
      key: 'CANDIDATE',
      value: 1,
    },
  ],
  ...change,
});
const own = (key: string, value: string | number) => reply({ proposals: [{ key, value }] });
const advice = (value: ProposalReply | null, problem: string | null = null): Advice<ProposalReply> => ({
  value,
  problem,
  raw: 'Baa, said the sheep.',
  model: 'gpt-test',
  usage: {
    promptTokens: 100,
    completionTokens: 20,
    timeOuts: 1,
  },
});
type Answering = (request: Consultation) => Advice<ProposalReply>;

/** @param held - Whether a prediction of the model has held by now; without one it may only choose. */
function stage(answer: Answering, { held = true, set = [] }: { held?: boolean; set?: string[] } = {}) {
  const state = run(...set);
  state.adviser = { kind: 'openai', model: 'gpt-test', note: 'gpt-test at x' };
  const baseline = { purpose: 'baseline' as const, key: null, proposedBy: 'default' as const };
  const predicted = { byModel: null, byAdviser: held ? { low: 0.5, high: 0.7 } : null };
  recordTrial(state, trial({ ...baseline, values: currentValues(state), predicted, result: result(0.6) }));
  const asked: Consultation[] = [];
  const { host } = memoryWorld(state, {
    adviseNext: async (request) => {
      asked.push(request);
      return answer(request);
    },
  });
  return { state, asked, host: { ...host, release: 4 as never } as Host };
}
const ask = (host: Host, of = study(), keys: string[] | null = null, count = 1) =>
  propose(host, of, { step: `next-${host.state.trials.length}`, keys, count });
/** Puts down what was decided, with a score. */
function train(state: RunState, { values, change, proposedBy, origin, predicted }: NextTraining, score: number): void {
  const number = state.trials.length + 1;
  const [key] = Object.keys(change);
  recordTrial(
    state,
    trial({
      id: String(number).padStart(16, '0'),
      number,
      key: key!,
      values,
      proposedBy,
      origin,
      predicted,
      result: result(score),
    }),
  );
}

describe('without a language model', () => {
  test('the search model decides, and nobody is asked', async () => {
    const { host, state, asked } = stage(() => advice(reply()));
    state.adviser = { kind: 'local', model: 'x', note: 'x' };
    expect(await ask(host)).toMatchObject({
      train: [
        {
          proposedBy: 'search',
          origin: 'model',
          predicted: { byModel: { low: expect.closeTo(0.67) }, byAdviser: null },
        },
      ],
    });
    expect(asked).toHaveLength(0);
    expect(progressOf(state).languageModel).toBeNull();
  });
});

describe('the language model', () => {
  test('is shown what the search model thinks, and chooses', async () => {
    const { host, asked } = stage(() => advice(reply({ proposals: [{ key: 'CANDIDATE', value: 2 }] })));
    expect(await ask(host)).toMatchObject({
      train: [{ proposedBy: 'adviser', origin: 'choice', change: { TRAIN_BATCH_SIZE: 16 }, reason }],
    });
    expect(asked[0]).toMatchObject({ callId: 'next-1', adviser: 'openai', repair: null });
    expect(asked[0]!.context.evidence).toMatchObject({
      question: { candidates: 3, mayRepeat: true, mayStop: false },
      study: { base: { mean: 0.68 } },
    });
  });

  test('only chooses until most of its predictions held', async () => {
    const { host, asked } = stage(() => advice(own('WEIGHT_DECAY', 0.1)), { held: false });
    expect(await ask(host)).toMatchObject({ train: [{ proposedBy: 'search' }] });
    expect(asked[0]!.context.evidence!.question).toMatchObject({ keys: [], mayRepeat: false });
    expect(asked[0]!.context.evidence!.question!.limited).toMatch(/once most of the predictions/);
  });

  test('adds a value of its own, also for another key where any may be changed', async () => {
    const { host } = stage(() => advice(own('WEIGHT_DECAY', 0.1)));
    expect(await ask(host)).toMatchObject({ train: [{ origin: 'own', values: { ...BASE, WEIGHT_DECAY: 0.1 } }] });
  });

  test('cannot redirect where the key is given', async () => {
    const { host, asked, state } = stage(() => advice(own('WEIGHT_DECAY', 0.1)));
    expect(await ask(host, study(), ['LEARNING_RATE'])).toMatchObject({ train: [{ proposedBy: 'search' }] });
    expect(asked.map(({ callId, repair }) => [callId, repair?.problem.includes('is not allowed')])).toEqual([
      ['next-1-LEARNING_RATE', undefined],
      ['next-1-LEARNING_RATE-repair', true],
    ]);
    expect(state.refusals[0]).toMatchObject({ proposal: 'WEIGHT_DECAY = 0.1' });
  });

  test('asks for a repeat once for each best', async () => {
    const { host, state } = stage(() => advice(reply({ action: 'repeat', proposals: [] })));
    expect(await ask(host)).toEqual({ repeat: reason });
    const again = { purpose: 'repeat' as const, seed: 7, proposedBy: 'adviser' as const };
    recordTrial(state, trial({ ...again, id: '7'.repeat(16), values: currentValues(state), result: result(0.59) }));
    expect(await ask(host)).toMatchObject({ train: [{ proposedBy: 'search' }] });
  });

  test('stops only where the search model expects nothing either', async () => {
    const { host } = stage(() => advice(reply({ action: 'stop', proposals: [] })));
    expect(await ask(host)).toMatchObject({ train: [{ proposedBy: 'search' }] });
    const hopeless = study({ outlook: { possible: { mean: 0, low: 0, high: 0.01 }, next: 0, worthwhile: false } });
    expect(await ask(stage(() => advice(reply({ action: 'stop', proposals: [] }))).host, hopeless)).toEqual({
      stop: reason,
    });
  });

  test('fills its part of a batch; the search model fills the rest', async () => {
    const next = [
      candidate({ LEARNING_RATE: 1e-4 }, 0.72),
      candidate({ WARMUP_RATIO: 0.2 }, 0.71),
      candidate({ NUM_TRAIN_EPOCHS: 4 }, 0.7),
    ];
    const { host, asked } = stage(() =>
      advice(
        reply({
          proposals: [
            { key: 'CANDIDATE', value: 2 },
            { key: 'WEIGHT_DECAY', value: 0.1 },
          ],
        }),
      ),
    );
    expect(await ask(host, study({ next }), null, 3)).toMatchObject({
      train: [
        { origin: 'choice', change: { WARMUP_RATIO: 0.2 } },
        { origin: 'own', change: { WEIGHT_DECAY: 0.1 } },
        { proposedBy: 'search', change: { LEARNING_RATE: 1e-4 } },
      ],
    });
    expect(asked[0]!.context.evidence!.question).toMatchObject({ count: 3, ownAtMost: 1 });
  });

  test('has no say about what people and earlier runs believe in', async () => {
    const hint = { change: { LEARNING_RATE: 3e-5 }, by: 'person' as const, source: 'Ada' };
    const hinted = candidate({ LEARNING_RATE: 3e-5 }, 0.65, { origin: 'hint', hint });
    const { host, asked } = stage(() => advice(own('WEIGHT_DECAY', 0.1)));
    expect(await ask(host, study({ next: [hinted] }))).toMatchObject({
      train: [{ proposedBy: 'person', origin: 'hint' }],
    });
    expect(asked).toHaveLength(0);
    const two = study({ next: [hinted, candidate({ WARMUP_RATIO: 0.2 })] });
    expect(await ask(host, two, null, 2)).toMatchObject({
      train: [{ origin: 'hint' }, { change: { WEIGHT_DECAY: 0.1 } }],
    });
    expect(JSON.stringify(asked[0]!.context.evidence!.study!.candidates)).not.toContain('hint');
  });

  test('whose choice falls far short of what was expected is not asked for a while: the search model chooses', async () => {
    const { host, state, asked } = stage(() => advice(reply({ proposals: [{ key: 'CANDIDATE', value: 2 }] })), {
      held: false,
    });
    const first = await ask(host);
    if (!('train' in first)) throw new Error('no training');
    train(state, first.train[0]!, 0.2);
    expect(await ask(host)).toMatchObject({ train: [{ proposedBy: 'search', origin: 'model' }] });
    expect(asked).toHaveLength(1);
  });

  test('after a value that lost clearly only chooses, and is told why', async () => {
    let answer = own('LEARNING_RATE', 4e-4);
    const { host, state, asked } = stage(() => advice(answer));
    train(state, ((await ask(host)) as { train: NextTraining[] }).train[0]!, 0.2);
    answer = own('WEIGHT_DECAY', 0.1);
    expect(await ask(host)).toMatchObject({ train: [{ proposedBy: 'search' }] });
    expect(asked.at(-2)!.context.evidence!.question).toMatchObject({
      keys: [],
      candidates: 3,
      mayRepeat: false,
      limited: 'values of your own are possible again after 8 more trainings, since your last ones gained nothing',
    });
    answer = reply({ proposals: [{ key: 'CANDIDATE', value: 2 }] });
    expect(await ask(host)).toMatchObject({ train: [{ origin: 'choice' }] });
  });
});

describe('ADVISER: openai', () => {
  test('has the last word, whatever its record', async () => {
    let answer = own('LEARNING_RATE', 4e-4);
    const { host, state } = stage(() => advice(answer), { set: ['ADVISER=openai'] });
    for (const value of [4e-4, 3e-4, 2e-4]) {
      answer = own('LEARNING_RATE', value);
      const { train: trainings } = (await ask(host)) as { train: NextTraining[] };
      expect(trainings).toMatchObject([{ change: { LEARNING_RATE: value } }]);
      train(state, trainings[0]!, 0.2);
    }
    answer = reply({ action: 'stop', proposals: [] });
    expect(await ask(host)).toEqual({ stop: reason });
  });
});

describe('a language model that is of no use', () => {
  test('is closed after two questions in a row, and everything says so', async () => {
    const { host, state, asked } = stage(() => advice(null, 'the reply holds no JSON object'));
    for (let training = 0; training < 5; training += 1)
      train(state, ((await ask(host)) as { train: NextTraining[] }).train[0]!, 0.5);
    expect(asked).toHaveLength(4);
    expect(state.adviserClosed).toBe('2 questions in a row brought nothing that could be used');
    expect(state.notes.join()).toContain('the language model is not asked again in this run, the search model decides');
    expect(progressOf(state).languageModel).toMatchObject({
      rounds: 0,
      of: 5,
      waitedSeconds: 4,
      attempts: 4,
      timeOuts: 4,
      closed: state.adviserClosed,
    });
    // What it said instead is nowhere.
    expect(JSON.stringify([state, asked.map(({ context }) => context)])).not.toContain('sheep');
  });

  test('counts a question without a reply as one without a usable one', async () => {
    let silent = true;
    const { host, asked, state } = stage(() => {
      if (silent) throw typedFailure('adviser_unavailable');
      return advice(null, 'no JSON');
    });
    await ask(host);
    expect(state.adviserClosed).toBeNull();
    silent = false;
    await ask(host);
    await ask(host);
    expect(asked).toHaveLength(3);
    expect(state.adviserClosed).not.toBeNull();
  });

  test('one good answer between two bad ones keeps it', async () => {
    let number = 0;
    const { host, state } = stage(() => advice((number += 1) % 3 === 0 ? reply() : null, 'no JSON'));
    for (let training = 0; training < 6; training += 1) await ask(host);
    expect(state.adviserClosed).toBeNull();
    expect(state.adviserHealth).toMatchObject({ unanswered: 0 });
  });

  test('with ON_ADVISER_FAILURE end, the run ends', async () => {
    const { host } = stage(() => advice(null, 'no JSON'), { set: ['ON_ADVISER_FAILURE=end'] });
    await ask(host);
    await expect(ask(host)).rejects.toThrow('its answers cannot be used: no JSON');
  });
});

/** A search model over a landscape in which every key has its best value; it is right about the order. */
function searching(state: RunState, draw: () => number): Study {
  const base = currentValues(state);
  const options = Object.keys(state.config.TUNABLE_KEYS).flatMap((key) =>
    OPTIONS[key]!.map((value) => candidate({ [key]: value }, 0, { sd: 0.01 }, base)),
  );
  const untried = options.filter((one) => !state.trials.some(({ values }) => sameValues(values, one.values)));
  const judged = untried.map((one) => ({ ...one, mean: height(one.values) + 0.01 * (draw() - 0.5) }));
  const [next, ...shortlist] = judged.sort((a, b) => b.mean - a.mean);
  return study({ base: { values: base, mean: height(base), sd: 0.01 }, next: next ? [next] : [], shortlist });
}
const OPTIONS: Record<string, (string | number)[]> = {
  LEARNING_RATE: [1e-6, 1e-5, 3e-5, 1e-4, 2e-4, 5e-4],
  NUM_TRAIN_EPOCHS: [2, 3, 4, 5],
  TRAIN_BATCH_SIZE: [4, 16, 32, 64],
  WARMUP_RATIO: [0, 0.05, 0.2, 0.3],
  WEIGHT_DECAY: [0.01, 0.1, 0.2, 0.3],
  LR_SCHEDULER: ['cosine', 'constant'],
};
/** Score of a configuration: each key adds a part of its own. */
function height(values: Candidate['values']): number {
  const parts = Object.entries(OPTIONS).map(([key, options], index) => {
    const at = options.indexOf(values[key]!);
    return at === -1 ? 0 : 0.03 * Math.cos((at - (index % options.length)) * 1.3);
  });
  return 0.6 + parts.reduce((sum, part) => sum + part, 0);
}

test('an adversary decides few trainings of the pool, and the result hardly suffers', async () => {
  const enemies = fc.constantFrom<(request: Consultation, draw: () => number) => Advice<ProposalReply>>(
    // The worst of what it may choose.
    ({ context: { evidence } }) =>
      advice(reply({ proposals: [{ key: 'CANDIDATE', value: evidence!.question!.candidates }] })),
    // Values of its own, which the best so far is far from.
    ({ context: { evidence } }, draw) => {
      const { keys } = evidence!.question!;
      const key = keys[Math.floor(draw() * keys.length)];
      const values = key ? OPTIONS[key]! : [];
      return advice(key ? own(key, values[Math.floor(draw() * values.length)]!) : reply());
    },
    () => advice(own('LEARNING_RATE', 5e-4)),
    () => advice(reply({ action: 'repeat', proposals: [] })),
    () => advice(reply({ action: 'stop', proposals: [] })),
    () => advice(null, 'garbage'),
    (_, draw) => (draw() < 0.5 ? advice(null, 'garbage') : advice(own('SEED', 1))),
  );
  const play = async (
    pool: number,
    draws: readonly number[],
    enemy: Parameters<Parameters<typeof enemies.filter>[0]>[0] | null,
  ) => {
    let index = 0;
    const draw = () => draws[(index += 1) % draws.length]!;
    const { host, state, asked } = stage((request) => enemy!(request, draw));
    if (!enemy) state.adviser = { kind: 'local', model: 'x', note: 'x' };
    let steered = 0;
    let gained = 0;
    for (let training = 0; training < pool; training += 1) {
      const judged = searching(state, draw);
      const proposal = await ask(host, judged);
      if ('stop' in proposal) throw new Error('a stop was honoured while there was something to gain');
      if ('repeat' in proposal) {
        steered += 1;
        recordTrial(
          state,
          trial({
            id: `r${training}`,
            purpose: 'repeat',
            seed: training,
            proposedBy: 'adviser',
            values: currentValues(state),
            result: result(0.1),
          }),
        );
        continue;
      }
      const [one] = proposal.train;
      if (!one) break;
      const planned = judged.next[0]!;
      const believed = [...judged.next, ...judged.shortlist].find(({ values }) => sameValues(values, one.values));
      // Half a standard deviation below the first candidate's bound is as good as it.
      if (!believed || believed.mean < planned.mean - 0.005 - 1e-9) {
        steered += 1;
        if (height(one.values) > height(judged.base.values)) gained += 1;
      }
      train(state, one, height(one.values));
    }
    return { steered, gained, asked, best: Math.max(...state.trials.map((one) => one.result!.score)), state };
  };
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 7, maxLength: 7 }),
      enemies,
      async (pool, draws, enemy) => {
        const without = await play(pool, draws, null);
        const withIt = await play(pool, draws, enemy);
        // A step that gains buys one that does not.
        expect(withIt.steered - withIt.gained).toBeLessThanOrEqual(1 + Math.log2(1 + pool / 4) + withIt.gained);
        // The best of a run with it is at least what the run without it had some trainings earlier.
        const earlier = await play(Math.max(0, pool - withIt.steered), draws, null);
        expect(withIt.best).toBeGreaterThanOrEqual(Math.min(earlier.best, without.best) - 0.02);
        // Garbage costs the tokens of two questions, with their repair turns.
        if (withIt.state.adviserClosed) expect(withIt.asked.length).toBeLessThanOrEqual(4 + 2 * pool);
      },
    ),
    { numRuns: 60 },
  );
}, 60_000);
