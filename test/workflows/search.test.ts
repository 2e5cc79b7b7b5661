import { describe, expect, test } from '@jest/globals';
import type { Decision } from '../../src/domain/decisions.ts';
import { newRun } from '../../src/domain/runState.ts';
import type { RunState } from '../../src/domain/runState.ts';
import { incumbentOf } from '../../src/domain/runTrials.ts';
import type { Study } from '../../src/domain/study.ts';
import type { TrialResult } from '../../src/domain/trials.ts';
import { tellRun } from '../../src/workflows/tuningRun.ts';
import { FACTS, config, result } from '../domain/runs.ts';
import type { Fakes, MemoryWorld } from './memoryHost.ts';
import { memoryWorld, typedFailure } from './memoryHost.ts';
import { studyInOrder } from './studyInOrder.ts';

/** Dev score by configuration and seed; the seed's noise is given by the test. */
type Landscape = (values: { LEARNING_RATE: number; NUM_TRAIN_EPOCHS: number; SEED: number }) => number;

const flat: Landscape = () => 0.5;
const looks = (score: number): TrialResult => ({
  ...result(score),
  looks: [1, 2, 3, 4].map((step) => ({ step, score: score - 0.01 * (4 - step) })),
});

async function play(
  landscape: Landscape,
  { set = [], fakes = {}, person }: { set?: string[]; fakes?: Fakes; person?: () => Decision[] } = {},
): Promise<{ state: RunState; world: MemoryWorld }> {
  const interactive = person ? 'true' : 'false';
  const state = newRun('tune', config(`INTERACTIVE_MODE=${interactive}`, 'NOISE_SEEDS=0', ...set), 0);
  const world = memoryWorld(
    state,
    { trainTrial: async ({ config: values }) => looks(landscape(values as never)), ...fakes },
    person,
    undefined,
    4,
  );
  await tellRun(world.host);
  return { state, world };
}

const studied =
  (change: (study: Study) => Partial<Study>): Fakes['studySearch'] =>
  async ({ study: request }) => {
    const study = studyInOrder(request);
    return { ...study, ...change(study) };
  };
/** A language model's plan with a base configuration. */
const advisePlan: Fakes['advisePlan'] = async () => ({
  value: {
    base_config: [{ key: 'LEARNING_RATE', value: 1e-4 }],
    priority_keys: ['NUM_TRAIN_EPOCHS'],
    reason: { zh: '先试更大的学习率。', en: 'A larger rate first.' },
  },
  problem: null,
  raw: '',
  model: 'm',
  usage: { promptTokens: 0, completionTokens: 0 },
});
const rounds = (state: RunState) => state.trials.filter(({ purpose }) => purpose === 'round');
const keysOf = (state: RunState) => rounds(state).map(({ key }) => key);

describe('the pool of trainings', () => {
  test('by_parameter: the planned keys one after the other, each its rounds', async () => {
    const { state } = await play(flat);
    const planned = state.plan!.priorityKeys;
    expect(keysOf(state)).toEqual(planned.flatMap((key) => [key, key, key]));
    expect(rounds(state).map(({ round }) => round)).toEqual([1, 2, 3, 1, 2, 3, 1, 2, 3]);
    expect(state).toMatchObject({ spent: 9, queue: [], status: 'completed' });
  });

  test('what a key leaves goes to whichever change promises most, also of a fixed key', async () => {
    const studySearch = studied((study) => ({
      keys: Object.fromEntries(
        Object.entries(study.keys).map(([key, of]) => [key, { ...of, worthwhile: key !== 'LEARNING_RATE' }]),
      ),
    }));
    const { state } = await play(flat, { fakes: { studySearch } });
    // One round of the first key, three of each other; the two that it left come last.
    expect(keysOf(state).filter((key) => key === 'LEARNING_RATE')).toHaveLength(3);
    expect(keysOf(state).slice(0, 2)).toEqual(['LEARNING_RATE', 'NUM_TRAIN_EPOCHS']);
    expect(
      rounds(state)
        .slice(-2)
        .map(({ round }) => round),
    ).toEqual([null, null]);
    expect(state.fixed[0]).toMatchObject({ key: 'LEARNING_RATE', rounds: 1 });
    expect(state.fixed[0]!.why).toBe('left early after 1 rounds');
    expect(state.fixed[0]!.reason!.en).toMatch(/below noise/);
    expect(state.spent).toBe(9);
  });

  test.each(['adaptive', 'free'])('%s: the key is decided anew each time, none is fixed', async (mode) => {
    const { state } = await play(flat, { set: [`SEARCH=${mode}`] });
    expect(state.fixed).toEqual([]);
    expect(state.spent).toBe(9);
    expect(rounds(state)).toHaveLength(9);
  });

  test('STOP_WHEN no_gain ends it when no training is expected to gain more than noise; budget does not', async () => {
    const hopeless: Fakes = {
      studySearch: studied((study) => ({ outlook: { ...study.outlook, worthwhile: false } })),
    };
    const set = ['SEARCH=adaptive'];
    const ended = await play(flat, { set, fakes: hopeless });
    // The first probes of the planned keys are made all the same.
    expect(ended.state.spent).toBe(3);
    expect(ended.state.notes.join()).toMatch(/the search ended with 6 trainings left: ends by itself/);
    const spent = await play(flat, { set: [...set, 'STOP_WHEN=budget'], fakes: hopeless });
    expect(spent.state.spent).toBe(9);
  });

  test('a base configuration is one of the trainings, and competes', async () => {
    const { state } = await play(({ LEARNING_RATE }) => LEARNING_RATE * 1000, { fakes: { advisePlan } });
    expect(state.trials.map(({ purpose }) => purpose).filter((one) => one === 'base_config')).toHaveLength(1);
    expect(state.spent).toBe(9);
    expect(incumbentOf(state)!.values['LEARNING_RATE']).toBeGreaterThanOrEqual(1e-4);
  });

  test('the run goes on without the search model: nothing more is tried, and the reason is told', async () => {
    const { state } = await play(flat, {
      fakes: {
        studySearch: async () => {
          throw typedFailure('trainer_bug');
        },
      },
    });
    expect(state).toMatchObject({ status: 'completed', spent: 0 });
    expect(state.notes.join()).toMatch(/the search model did not answer/);
  });
});

describe('an opening on a share of the rows', () => {
  const set = ['OPENING_SHARE=0.25', 'MAX_PRIORITY_PARAMS=2', 'ROUNDS_PER_PARAM=6', 'SEARCH=adaptive'];
  const openings = (state: RunState) => state.trials.filter(({ purpose }) => purpose === 'opening');

  test('changes that stay ahead on more and more rows are tried first on all of them', async () => {
    const rising: Landscape = ({ LEARNING_RATE }) => LEARNING_RATE * 1000;
    const { state, world } = await play(rising, { set });
    // Four contestants and the default on a quarter of the rows, then the better half of them on half.
    expect(openings(state).map(({ share }) => share)).toEqual([0.25, 0.25, 0.25, 0.25, 0.25, 0.5, 0.5, 0.5]);
    expect(world.trained.filter(({ config: values }) => Object(values)['TRAIN_SHARE'] === 0.25)).toHaveLength(5);
    const survivor = openings(state)
      .slice(-2)
      .sort((a, b) => b.result!.score! - a.result!.score!)[0]!;
    expect(rounds(state)[0]!.change).toEqual(survivor.change);
  });

  test('its trainings are paid for by the pool, and its scores never compete', async () => {
    // The same values lead on all rows, too: the winner is the training on all of them.
    const { state } = await play(({ LEARNING_RATE }) => -LEARNING_RATE, { set });
    expect(openings(state).every(({ accepted }) => !accepted)).toBe(true);
    expect(incumbentOf(state)).toMatchObject({ purpose: 'round', values: { LEARNING_RATE: 1e-6 } });
    // Five trainings on a quarter of the rows and two on half of them: ceil(5 / 4) + ceil(2 / 2) of 12.
    expect(rounds(state)).toHaveLength(12 - 3);
    expect(state.spent).toBe(12);
  });

  test('what is not ahead of the default is not tried', async () => {
    const { state } = await play(({ LEARNING_RATE }) => -Math.abs(LEARNING_RATE - 2e-5), { set });
    expect(state.hints).toEqual([]);
    expect(openings(state)).toHaveLength(5);
    expect(state.incumbent).toBe(state.baseline);
  });
});

describe('noise', () => {
  test('the default is trained with more seeds, which neither compete nor count', async () => {
    const { state } = await play(flat, { set: ['NOISE_SEEDS=2', 'SEARCH=adaptive'] });
    const noise = state.trials.filter(({ purpose }) => purpose === 'noise');
    expect(noise.map(({ seed }) => seed)).toEqual([43, 44]);
    expect(noise.every(({ accepted, delta }) => !accepted && delta === null)).toBe(true);
    expect(state.spent).toBe(9);
  });

  const measured = (sd: number): Fakes => ({
    studySearch: studied(() => ({ noise: { atDefault: sd, atBase: sd, repeats: 2 } })),
  });

  test('a challenger within noise is repeated on the seeds of the best, and loses when they say so', async () => {
    // Higher with the run's seed by luck, lower with every other one.
    const lucky: Landscape = ({ NUM_TRAIN_EPOCHS, SEED }) =>
      0.5 + (NUM_TRAIN_EPOCHS > 1 ? (SEED === 42 ? 0.005 : -0.02) : 0);
    const { state } = await play(lucky, {
      set: ['NOISE_SEEDS=2', 'TUNABLE_KEYS=[NUM_TRAIN_EPOCHS]', 'ROUNDS_PER_PARAM=2', 'MAX_PRIORITY_PARAMS=1'],
      fakes: measured(0.01),
    });
    const repeats = state.trials.filter(({ purpose }) => purpose === 'repeat');
    // The race ends as soon as the mean is behind: one repeat was enough.
    expect(repeats.map(({ seed }) => seed)).toEqual([43]);
    expect(state.incumbent).toBe(state.baseline);
    expect(state.spent).toBe(2);
    expect(state.notes.join()).toMatch(/does not replace the best so far/);
  });

  test('a challenger that stays ahead on all of them replaces the best', async () => {
    const better: Landscape = ({ NUM_TRAIN_EPOCHS }) => 0.5 + (NUM_TRAIN_EPOCHS > 1 ? 0.01 : 0);
    const { state } = await play(better, {
      set: ['NOISE_SEEDS=2', 'TUNABLE_KEYS=[NUM_TRAIN_EPOCHS]', 'ROUNDS_PER_PARAM=3', 'MAX_PRIORITY_PARAMS=1'],
      fakes: measured(0.01),
    });
    expect(state.trials.filter(({ purpose }) => purpose === 'repeat').map(({ seed }) => seed)).toEqual([43, 44]);
    expect(incumbentOf(state)!.values['NUM_TRAIN_EPOCHS']).not.toBe(1);
  });

  test('an incumbent with a single seed is trained with the next one, too, and the pair decides', async () => {
    // 2 epochs lead clearly; 3 epochs lead over those by luck, with the run's seed alone. Seed 43 was the default's.
    const lucky: Landscape = ({ NUM_TRAIN_EPOCHS, SEED }) =>
      ({ 1: 0.5, 2: 0.6, 3: SEED === 42 ? 0.605 : 0.55 })[NUM_TRAIN_EPOCHS] ?? 0.4;
    const { state } = await play(lucky, {
      set: ['NOISE_SEEDS=1', 'TUNABLE_KEYS=[NUM_TRAIN_EPOCHS]', 'ROUNDS_PER_PARAM=6', 'MAX_PRIORITY_PARAMS=1'],
      fakes: {
        studySearch: async ({ study }) => ({
          ...studyInOrder(study, {}, { NUM_TRAIN_EPOCHS: [2, 3] }),
          noise: { atDefault: 0.01, atBase: 0.01, repeats: 1 },
        }),
      },
    });
    const repeats = state.trials.filter(({ purpose }) => purpose === 'repeat');
    expect(repeats.map(({ seed, values }) => [seed, values['NUM_TRAIN_EPOCHS']])).toEqual([
      [44, 3],
      [44, 2],
    ]);
    expect(incumbentOf(state)!.values['NUM_TRAIN_EPOCHS']).toBe(2);
    expect(state.spent).toBe(4);
  });

  test('a lead that noise may explain replaces nothing when no training is left to repeat it', async () => {
    const close: Landscape = ({ NUM_TRAIN_EPOCHS }) => 0.5 + (NUM_TRAIN_EPOCHS > 1 ? 0.001 : 0);
    const { state } = await play(close, {
      set: ['NOISE_SEEDS=1', 'TUNABLE_KEYS=[NUM_TRAIN_EPOCHS]', 'ROUNDS_PER_PARAM=1', 'MAX_PRIORITY_PARAMS=1'],
      fakes: {
        studySearch: studied((study) => ({
          noise: { atDefault: 0.01, atBase: 0.01, repeats: 2 },
          winner: { values: study.base.values, gain: 0, sd: 0.01 },
        })),
      },
    });
    expect(state.trials.some(({ purpose }) => purpose === 'repeat')).toBe(false);
    expect(state.incumbent).toBe(state.baseline);
    expect(state.notes.join()).toMatch(/no training is left to repeat it/);
  });

  test('a lead that noise does not explain needs no repeat', async () => {
    const clear: Landscape = ({ NUM_TRAIN_EPOCHS }) => 0.5 + (NUM_TRAIN_EPOCHS > 1 ? 0.2 : 0);
    const { state } = await play(clear, { set: ['NOISE_SEEDS=2'], fakes: measured(0.01) });
    expect(state.trials.some(({ purpose }) => purpose === 'repeat')).toBe(false);
  });
});

describe('the winner', () => {
  const gaining = (gain: number, sd: number): Fakes => ({
    studySearch: studied((study) => ({ winner: { ...study.winner, gain, sd } })),
  });
  const rising: Landscape = ({ NUM_TRAIN_EPOCHS }) => 0.5 + NUM_TRAIN_EPOCHS / 100;

  test('is the default when noise explains the lead of the best', async () => {
    const { state, world } = await play(rising, { fakes: gaining(0.004, 0.005) });
    expect(state.incumbent).toBe(state.baseline);
    expect(state.notes.join()).toMatch(/noise explains its lead over the default/);
    // Nothing is compared, so no fresh seed is trained.
    expect(world.trained.every(({ config: { SEED } }) => SEED === 42)).toBe(true);
  });

  test('may be one that did not replace the best so far during the search, and then it is told why', async () => {
    const close: Landscape = ({ NUM_TRAIN_EPOCHS }) => 0.5 + (NUM_TRAIN_EPOCHS > 1 ? 0.001 : 0);
    const noise = { atDefault: 0.01, atBase: 0.01, repeats: 2 };
    const { state } = await play(close, {
      set: ['NOISE_SEEDS=1', 'TUNABLE_KEYS=[NUM_TRAIN_EPOCHS]', 'ROUNDS_PER_PARAM=1', 'MAX_PRIORITY_PARAMS=1'],
      fakes: { studySearch: studied((study) => ({ noise, winner: { ...study.winner, gain: 0.1, sd: 0.005 } })) },
    });
    expect(incumbentOf(state)!.values['NUM_TRAIN_EPOCHS']).toBeGreaterThan(1);
    expect(state.notes.join()).toMatch(
      /trial 3 \(NUM_TRAIN_EPOCHS = .*\) is the winner: no configuration has a higher/,
    );
  });

  test('PUBLISH best insists on the highest score', async () => {
    const { state } = await play(rising, { set: ['PUBLISH=best'], fakes: gaining(0.004, 0.005) });
    expect(state.incumbent).not.toBe(state.baseline);
  });

  test('is confirmed with fresh seeds of both, that the search did not use', async () => {
    const { state } = await play(rising, { set: ['NOISE_SEEDS=2'], fakes: gaining(0.1, 0.005) });
    const fresh = state.trials.filter(({ purpose }) => purpose === 'confirmation');
    expect(fresh.map(({ seed }) => seed)).toEqual([45, 46, 45, 46]);
    expect(state.confirmation!.seeds.map(({ seed }) => seed)).toEqual([42, 45, 46]);
    expect(state.confirmation).toMatchObject({ untouched: 0.5, verdict: 'not_distinguishable' });
  });
});

describe('several at once', () => {
  const slots: Fakes = { probeTrainer: async () => ({ ...FACTS, threads: 4, slots: 2 }) };

  test('a batch is decided together, trained side by side with an equal share of threads, and asked about once', async () => {
    const asked: string[] = [];
    let running = 0;
    let most = 0;
    const { state, world } = await play(flat, {
      fakes: {
        ...slots,
        trainTrial: async () => {
          running += 1;
          most = Math.max(most, running);
          await new Promise((resolve) => setTimeout(resolve, 1));
          running -= 1;
          return looks(0.5);
        },
      },
      person: () => [{ decision: 'continue' }],
    });
    for (const line of world.log) if (line.event === 'asked') asked.push(line.gate);
    expect(most).toBe(2);
    expect(world.trained.every(({ threads }) => threads === 2)).toBe(true);
    const [first, second] = state.plan!.priorityKeys;
    expect(asked.slice(0, 3)).toEqual([`${first}/round-2`, `${first}/end`, `${second}/round-2`]);
    expect(rounds(state).map(({ round }) => round)).toEqual([1, 2, 3, 1, 2, 3, 1, 2, 3]);
    expect(state.trials.map(({ number }) => number)).toEqual(state.trials.map((_, index) => index + 1));
  });

  test('trials are on record in the order of the decision, whichever ends first', async () => {
    const delays = [20, 1];
    const { state } = await play(flat, {
      set: ['SEARCH=adaptive'],
      fakes: {
        ...slots,
        trainTrial: async ({ number }) => {
          await new Promise((resolve) => setTimeout(resolve, delays[number % 2]));
          return looks(number / 100);
        },
      },
    });
    expect(state.trials.map(({ number, result: of }) => [number, of!.score])).toEqual(
      state.trials.map((_, index) => [index + 1, (index + 1) / 100]),
    );
  });
});

describe('hopeless trainings', () => {
  test('are told from when on, once three curves like theirs are known, and never with a person’s or a noise training', async () => {
    const { world } = await play(flat, { set: ['TUNABLE_KEYS=[WARMUP_RATIO, WEIGHT_DECAY, TRAIN_BATCH_SIZE]'] });
    const [baseline, first, second, third, fourth] = world.trained;
    expect([baseline, first, second, third].map((request) => request?.prune ?? null)).toEqual([
      null,
      null,
      null,
      expect.anything(),
    ]);
    expect(fourth!.prune!.looks).toEqual([
      { look: 2, below: expect.closeTo(0.48, 6) },
      { look: 3, below: expect.closeTo(0.49, 6) },
    ]);
  });

  test('have no score, and cannot become the best', async () => {
    const { state } = await play(flat, {
      fakes: {
        trainTrial: async ({ number }) => {
          if (number === 4) throw typedFailure('pruned', { look: 2, score: 0.9 });
          return looks(0.5);
        },
      },
    });
    expect(state.trials[3]).toMatchObject({ result: null, failure: { kind: 'pruned' }, accepted: false });
    expect(state.status).toBe('completed');
  });
});

describe('what is expected', () => {
  test('is known of a person’s value and of a base configuration, too', async () => {
    const wish = { decision: 'set' as const, key: 'NUM_TRAIN_EPOCHS', value: 5 };
    const wishes: Decision[] = [wish];
    const { state } = await play(flat, {
      fakes: { advisePlan },
      person: () => [wishes.shift() ?? { decision: 'continue' as const }],
    });
    const theirs = state.trials.filter(({ purpose }) => purpose === 'base_config' || purpose === 'round');
    expect(theirs.some(({ proposedBy }) => proposedBy === 'person')).toBe(true);
    for (const { predicted } of theirs) expect(predicted?.byModel).toMatchObject({ low: expect.any(Number) });
  });

  test('is unknown where the search model does not answer, and the training is made all the same', async () => {
    const { state } = await play(flat, {
      fakes: {
        studySearch: async ({ study }) => {
          if (study.expect) throw typedFailure('trainer_bug');
          return studyInOrder(study);
        },
      },
      person: () => [{ decision: 'set', key: 'LEARNING_RATE', value: 3e-5 }, { decision: 'continue' }],
    });
    expect(state.trials.find(({ proposedBy }) => proposedBy === 'person')).toMatchObject({
      predicted: { byModel: null },
      result: expect.anything(),
    });
    expect(state.notes.join()).toMatch(/nothing is known of what was to be expected/);
  });
});

describe('a person', () => {
  /** Says each of these at the first question that is open, then goes on. */
  const saying = (...decisions: Decision[]) => {
    const left = [...decisions];
    return () => [left.shift() ?? ({ decision: 'continue' } as const)];
  };

  test('names the key: it comes next, in its own right', async () => {
    const { state } = await play(flat, { person: saying({ decision: 'key', key: 'WARMUP_RATIO' }) });
    expect(keysOf(state).slice(0, 2)).toEqual(['LEARNING_RATE', 'WARMUP_RATIO']);
  });

  test('asks for a repeat of the best with another seed', async () => {
    const { state } = await play(flat, { person: saying({ decision: 'repeat' }) });
    const repeat = state.trials.find(({ purpose }) => purpose === 'repeat')!;
    expect(repeat).toMatchObject({ seed: 43, proposedBy: 'person', values: incumbentOf(state)!.values });
    expect(state.spent).toBe(9);
  });

  test('sets a value of a key that the plan does not name: it is the next training', async () => {
    const { state } = await play(flat, { person: saying({ decision: 'set', key: 'WEIGHT_DECAY', value: 0.11 }) });
    expect(rounds(state)[1]).toMatchObject({ key: 'WEIGHT_DECAY', proposedBy: 'person', round: null });
    expect(rounds(state)[1]!.values['WEIGHT_DECAY']).toBe(0.11);
  });

  test('is asked after every training of an adaptive search, and may stop it there', async () => {
    let questions = 0;
    const { state } = await play(flat, {
      set: ['SEARCH=adaptive'],
      person: () => {
        questions += 1;
        return [{ decision: questions < 3 ? 'continue' : 'stop-run' }];
      },
    });
    expect(questions).toBe(3);
    expect(state).toMatchObject({ status: 'stopped', spent: 3 });
  });
});
