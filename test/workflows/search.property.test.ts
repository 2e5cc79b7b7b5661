/** Whatever the search model, the person and the trainings do, a run of this release keeps its promises. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Decision } from '../../src/domain/decisions.ts';
import { poolOf } from '../../src/domain/pool.ts';
import { MAX_OOM_REMEDIES } from '../../src/domain/remedies.ts';
import { newRun } from '../../src/domain/runState.ts';
import { competes, incumbentOf } from '../../src/domain/runTrials.ts';
import { PROTECTED_KEYS } from '../../src/domain/searchSpace.ts';
import { isScored } from '../../src/domain/trials.ts';
import { tellRun } from '../../src/workflows/tuningRun.ts';
import { FACTS, config, result } from '../domain/runs.ts';
import { memoryWorld, typedFailure } from './memoryHost.ts';
import { studyInOrder } from './studyInOrder.ts';
import { trainingBound } from './trainingBound.ts';

const decision: fc.Arbitrary<Decision> = fc.constantFrom<Decision>(
  { decision: 'continue' },
  { decision: 'continue' },
  { decision: 'stop-round' },
  { decision: 'stop-parameter' },
  { decision: 'stop-run' },
  { decision: 'stop-now' },
  { decision: 'pause' },
  { decision: 'resume' },
  { decision: 'repeat' },
  { decision: 'key', key: 'WEIGHT_DECAY' },
  { decision: 'key', key: 'LEARNING_RATE' },
  { decision: 'key', key: 'SEED' },
  { decision: 'set', key: 'LEARNING_RATE', value: 3e-5 },
  { decision: 'set', key: 'WEIGHT_DECAY', value: 0.25 },
  { decision: 'set', key: 'NUM_TRAIN_EPOCHS', value: 4 },
  { decision: 'set', key: 'LEARNING_RATE', value: 1e9 },
);
const outcome = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom('oom', 'nan', 'killed', 'pruned') },
);
const scenario = fc.record({
  mode: fc.constantFrom('by_parameter', 'adaptive', 'free'),
  stopWhen: fc.constantFrom('no_gain', 'budget'),
  slots: fc.integer({ min: 1, max: 3 }),
  noiseSeeds: fc.integer({ min: 0, max: 2 }),
  confirmSeeds: fc.integer({ min: 0, max: 2 }),
  interactive: fc.boolean(),
  trainBudget: fc.option(fc.integer({ min: 10, max: 120 }), { nil: null }),
  sd: fc.constantFrom(0, 0.01, 0.2),
  worthwhile: fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }),
  outcomes: fc.array(outcome, { minLength: 1, maxLength: 12 }),
  atQuestions: fc.array(fc.array(decision, { maxLength: 2 }), { maxLength: 10 }),
  during: fc.array(fc.array(decision, { maxLength: 2 }), { maxLength: 10 }),
});

async function play(given: typeof scenario extends fc.Arbitrary<infer T> ? T : never) {
  const settings = config(
    `INTERACTIVE_MODE=${given.interactive}`,
    `SEARCH=${given.mode}`,
    `STOP_WHEN=${given.stopWhen}`,
    `NOISE_SEEDS=${given.noiseSeeds}`,
    `CONFIRM_SEEDS=${given.confirmSeeds}`,
    `MAX_TRAIN_SECONDS=${given.trainBudget}`,
    'ROUNDS_PER_PARAM=2',
  );
  const state = newRun('tune', settings, 0);
  let [question, moment, score, study] = [0, 0, 0, 0];
  /** Trainings that were asked for although they had ended; one that a person interrupted has not. */
  const again: string[] = [];
  const ended = new Set<string>();
  const world = memoryWorld(
    state,
    {
      probeTrainer: async () => ({ ...FACTS, threads: 4, slots: given.slots }),
      studySearch: async ({ study: request }) => {
        const worthwhile = given.worthwhile[study++ % given.worthwhile.length]!;
        const usual = studyInOrder(request);
        return {
          ...usual,
          keys: Object.fromEntries(Object.entries(usual.keys).map(([key, of]) => [key, { ...of, worthwhile }])),
          outlook: { ...usual.outlook, worthwhile },
          noise: { atDefault: given.sd, atBase: given.sd, repeats: 2 },
        };
      },
      trainTrial: async ({ trial }) => {
        if (ended.has(trial)) again.push(trial);
        if (state.inbox.stop !== 'now') ended.add(trial);
        const drawn = given.outcomes[score++ % given.outcomes.length]!;
        if (typeof drawn === 'string') throw typedFailure(drawn, { train_seconds: 3 });
        return result(drawn);
      },
    },
    () => given.atQuestions[question++] ?? [],
    (activity) => (TAKES_LONG.has(activity) ? (given.during[moment++] ?? []) : []),
    4,
  );
  await tellRun(world.host);
  return { state, world, settings, again };
}

/** Activities during which people decide something. */
const TAKES_LONG = new Set(['trainTrial', 'advisePlan', 'studySearch', 'confirmHeldOut', 'probeTrainer']);

describe('whatever happens', () => {
  test('the pool is never overdrawn, nothing is trained twice, protected keys stay, the record is in order, and the run ends', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (given) => {
        const { state, world, settings, again } = await play(given);
        expect(state.phase).toBe('ended');
        expect(state.status).not.toBe('running');
        expect(state.spent).toBeLessThanOrEqual(poolOf(settings));
        const searched = state.trials.filter(({ purpose }) => !['baseline', 'noise', 'confirmation'].includes(purpose));
        expect(searched.length).toBeLessThanOrEqual(poolOf(settings) * (1 + MAX_OOM_REMEDIES));
        expect(world.trained.length).toBeLessThanOrEqual(trainingBound(settings));
        expect(again).toEqual([]);
        for (const { config: trained, threads } of world.trained) {
          expect(threads).toBe(Math.floor(4 / given.slots));
          for (const key of Object.keys(PROTECTED_KEYS))
            if (key !== 'SEED')
              expect(trained[key as 'BASE_MODEL']).toEqual(settings.DEFAULT_CONFIG[key as 'BASE_MODEL']);
          expect(trained.LEARNING_RATE).toBeLessThanOrEqual(5e-4);
        }
        expect(state.trials.map(({ number }) => number)).toEqual(state.trials.map((_, index) => index + 1));
        // Fresh seeds are fresh: no confirmation has a seed of the search.
        const before = new Set(
          state.trials.filter(({ purpose }) => purpose !== 'confirmation').map(({ seed }) => seed),
        );
        for (const { purpose, seed } of state.trials)
          if (purpose === 'confirmation') expect(before.has(seed)).toBe(false);
        const best = incumbentOf(state);
        if (best) {
          expect(isScored(best) && competes(best)).toBe(true);
          expect(best.accepted).toBe(true);
          expect(state.published === null).toBe(state.status === 'failed');
        }
        // A person's "no more" is honoured: nothing is trained for the search after the run was stopped.
        expect(state.trials.filter(({ accepted, result: scored }) => accepted && !scored)).toEqual([]);
      }),
      { numRuns: 600 },
    );
  }, 120_000);

  test('a person who only goes on is asked after every batch but the last, and between parameters', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (drawn) => {
        const given = {
          ...drawn,
          interactive: true,
          atQuestions: [] as Decision[][],
          during: [] as Decision[][],
          trainBudget: null,
          sd: 0 as const,
        };
        const { world, state } = await play({
          ...given,
          stopWhen: 'budget',
          worthwhile: [true],
          outcomes: [0.1, 0.5, 0.3],
        });
        const asked = world.log.flatMap((line) => (line.event === 'asked' ? [line.gate] : []));
        if (given.mode === 'by_parameter') {
          const perKey = Math.ceil(2 / given.slots) - 1;
          expect(asked).toHaveLength(3 * perKey + 2);
        } else expect(asked).toHaveLength(Math.ceil(6 / given.slots) - 1);
        expect(new Set(asked).size).toBe(asked.length);
        expect(state.spent).toBe(6);
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});
