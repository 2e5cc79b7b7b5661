/** Whatever the adviser and the person do, the run keeps its promises. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { STOP_SCOPES } from '../../src/domain/decisionNames.ts';
import { incumbentOf } from '../../src/domain/runTrials.ts';
import { PROTECTED_KEYS } from '../../src/domain/searchSpace.ts';
import { canonicalJson } from '../../src/domain/trialIdentity.ts';
import { newRun } from '../../src/domain/runState.ts';
import type { RunState } from '../../src/domain/runState.ts';
import { stopPayloadSchema } from '../../src/domain/decisions.ts';
import type { Decision } from '../../src/domain/decisions.ts';
import type { Advice } from '../../src/domain/contract.ts';
import type { PlanReply, SuggestionReply } from '../../src/domain/suggestions.ts';
import { tellRun } from '../../src/workflows/tuningRun.ts';
import { earlierConfig, result } from '../domain/runs.ts';
import { memoryWorld, typedFailure } from './memoryHost.ts';
import type { LogLine } from './memoryHost.ts';
import { trainingBound } from './trainingBound.ts';

const KEYS = [
  'LEARNING_RATE',
  'NUM_TRAIN_EPOCHS',
  'TRAIN_BATCH_SIZE',
  'WARMUP_RATIO',
  'LR_SCHEDULER',
  'SEED',
  'DATASET_NAME',
  'OUTPUT_DIR_ROOT',
  'EVAL_STEPS',
  'NO_SUCH_KEY',
];
const anyValue = fc.oneof(
  fc.constantFrom<string | number>(
    1e-5,
    5e-5,
    1e-4,
    2e-4,
    1,
    2,
    3,
    4,
    8,
    16,
    0.05,
    0.2,
    'cosine',
    'linear',
    '../../etc',
    -1,
    1e9,
  ),
  fc.double({ min: -1, max: 100, noNaN: true }),
  fc.string({ maxLength: 8 }),
);
const reason = { zh: '因为', en: 'because' };
const plan = fc.record({
  base_config: fc.array(fc.record({ key: fc.constantFrom(...KEYS), value: anyValue }), { maxLength: 3 }),
  priority_keys: fc.array(fc.constantFrom(...KEYS), { minLength: 1, maxLength: 5 }),
});
const suggestion = fc.record({
  key: fc.option(fc.constantFrom(...KEYS), { nil: undefined }),
  value: fc.option(anyValue, { nil: null }),
  exhausted: fc.integer({ max: 9, min: 0 }).map((n) => n === 0),
});
const decision: fc.Arbitrary<Decision> = fc.oneof(
  fc.constantFrom<Decision>(
    { decision: 'continue' },
    { decision: 'continue' },
    { decision: 'stop-round' },
    { decision: 'stop-parameter' },
    { decision: 'stop-run' },
    { decision: 'stop-now' },
    { decision: 'pause' },
    { decision: 'resume' },
    { decision: 'set', key: 'LEARNING_RATE', value: 3e-5 },
    { decision: 'set', key: 'NUM_TRAIN_EPOCHS', value: 4 },
    { decision: 'set', key: 'WARMUP_RATIO', value: 0.25 },
  ),
  fc.record({ decision: fc.constant('set' as const), key: fc.constantFrom(...KEYS), value: anyValue }),
);
const outcome = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: -1, max: 1, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom('oom', 'nan', 'killed', 'hang') },
);

const scenario = fc.record({
  plans: fc.array(plan, { minLength: 1, maxLength: 3 }),
  suggestions: fc.array(suggestion, { minLength: 1, maxLength: 12 }),
  outcomes: fc.array(outcome, { minLength: 1, maxLength: 12 }),
  decisions: fc.array(fc.array(decision, { maxLength: 2 }), { maxLength: 12 }),
  during: fc.array(fc.array(decision, { maxLength: 2 }), { maxLength: 12 }),
  interactive: fc.boolean(),
  openai: fc.boolean(),
  adviserDies: fc.integer({ min: 0, max: 12 }),
  seeds: fc.integer({ min: 0, max: 2 }),
  trainBudget: fc.option(fc.integer({ min: 10, max: 90 }), { nil: null }),
});

type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

async function play(given: Scenario) {
  const settings = earlierConfig(
    `INTERACTIVE_MODE=${given.interactive}`,
    `CONFIRM_SEEDS=${given.seeds}`,
    `MAX_TRAIN_SECONDS=${given.trainBudget}`,
    'MAX_PRIORITY_PARAMS=3',
    'ROUNDS_PER_PARAM=3',
  );
  const state: RunState = newRun('tune', settings, 0);
  const next = <T>(items: readonly T[]) => {
    let at = 0;
    return () => items[at++ % items.length]!;
  };
  const [nextPlan, nextSuggestion, nextOutcome] = [next(given.plans), next(given.suggestions), next(given.outcomes)];
  let asked = 0;
  let turn = 0;
  let moment = 0;
  const advice = <T>(value: T): Advice<T> => ({
    value,
    problem: null,
    raw: JSON.stringify(value),
    model: 'fake',
    usage: { promptTokens: 10, completionTokens: 5 },
  });
  const alive = () => {
    asked += 1;
    if (given.adviserDies > 0 && asked % given.adviserDies === 0) throw typedFailure('adviser_unavailable');
  };
  const best: number[] = [];
  const world = memoryWorld(
    state,
    {
      probeAdviser: async () => ({ kind: given.openai ? 'openai' : 'local', model: 'fake', note: '' }),
      advisePlan: async () => {
        alive();
        return advice<PlanReply>({ ...nextPlan(), reason });
      },
      adviseValue: async ({ context }) => {
        alive();
        const reply = nextSuggestion();
        return advice<SuggestionReply>({ ...reply, key: reply.key ?? context.key!, reason });
      },
      trainTrial: async () => {
        best.push(incumbentOf(state)?.result.score ?? -Infinity);
        const drawn = nextOutcome();
        if (typeof drawn === 'string') throw typedFailure(drawn, { train_seconds: 3 });
        return result(drawn);
      },
    },
    () => given.decisions[turn++] ?? [],
    (activity) => (TAKES_LONG.has(activity) ? (given.during[moment++] ?? []) : []),
  );
  await tellRun(world.host);
  best.push(incumbentOf(state)?.result.score ?? -Infinity);
  return { state, world, best, settings };
}

/** Activities during which people decide something. */
const TAKES_LONG = new Set(['trainTrial', 'advisePlan', 'adviseValue', 'evaluateHeldOut', 'probeTrainer']);

const ROUNDS = 2;
const IDEAS: Record<string, number[]> = {
  LEARNING_RATE: [5e-5, 1e-4, 2e-4, 4e-5, 6e-5],
  NUM_TRAIN_EPOCHS: [2, 3, 5],
  WARMUP_RATIO: [0, 0.05, 0.2, 0.3],
};
const people = fc.record({
  atQuestions: fc.array(fc.array(decision, { maxLength: 2 }), { maxLength: 8 }),
  during: fc.array(fc.array(decision, { maxLength: 2 }), { maxLength: 8 }),
  scores: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 8 }),
});

/** A sensible adviser, so that nearly every round is trained, and people who decide anything at any time. */
async function questioned(given: typeof people extends fc.Arbitrary<infer T> ? T : never) {
  const state = newRun('tune', earlierConfig('INTERACTIVE_MODE=true', `ROUNDS_PER_PARAM=${ROUNDS}`), 0);
  const usage = { promptTokens: 10, completionTokens: 5 };
  const say = <T>(value: T): Advice<T> => ({ value, problem: null, raw: '', model: 'fake', usage });
  let [question, moment, score] = [0, 0, 0];
  const world = memoryWorld(
    state,
    {
      probeAdviser: async () => ({ kind: 'openai', model: 'fake', note: '' }),
      advisePlan: async () => say<PlanReply>({ base_config: [], priority_keys: Object.keys(IDEAS), reason }),
      adviseValue: async ({ context: { key, measuredHere } }) => {
        const value = IDEAS[key!]!.find((idea) => !measuredHere.some((known) => known.value === idea)) ?? null;
        return say<SuggestionReply>({ key: key!, value, exhausted: value === null, reason });
      },
      trainTrial: async () => result(given.scores[score++ % given.scores.length]!),
    },
    () => given.atQuestions[question++] ?? [],
    (activity) => (TAKES_LONG.has(activity) ? (given.during[moment++] ?? []) : []),
  );
  await tellRun(world.host);
  return world;
}

describe('whatever the adviser and the person do', () => {
  test('protected keys keep their values, nothing is trained twice, the best score never falls, trainings are bounded, and the run ends', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (given) => {
        const { state, world, best, settings } = await play(given);
        expect(state.phase).toBe('ended');
        expect(state.status).not.toBe('running');
        for (const { config: trained } of world.trained) {
          for (const key of Object.keys(PROTECTED_KEYS))
            if (key !== 'SEED')
              expect(trained[key as 'BASE_MODEL']).toEqual(settings.DEFAULT_CONFIG[key as 'BASE_MODEL']);
        }
        const configurations = world.trained.map(({ config: trained }) => canonicalJson(trained));
        expect(new Set(configurations).size).toBe(configurations.length);
        expect(new Set(world.trained.map(({ trial }) => trial)).size).toBe(world.trained.length);
        for (let index = 1; index < best.length; index += 1)
          expect(best[index]!).toBeGreaterThanOrEqual(best[index - 1]!);
        expect(world.trained.length).toBeLessThanOrEqual(trainingBound(settings));
        const seeds = new Set(world.trained.map(({ config: trained }) => trained.SEED));
        expect(seeds.size).toBeLessThanOrEqual(1 + given.seeds);
        expect(new Set(world.calls.filter((call) => call.startsWith('suggest') || call.startsWith('plan'))).size).toBe(
          world.calls.filter((call) => call.startsWith('suggest') || call.startsWith('plan')).length,
        );
      }),
      { numRuns: 400 },
    );
  }, 60_000);

  test('every value that is trained lies inside its space', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (given) => {
        const { world, settings } = await play({ ...given, outcomes: [0.1, 0.5, 0.3] });
        for (const { config: trained } of world.trained) {
          expect(settings.TUNABLE_KEYS['TRAIN_BATCH_SIZE']!.choices).toContain(trained.TRAIN_BATCH_SIZE);
          expect(trained.LEARNING_RATE).toBeGreaterThanOrEqual(1e-6);
          expect(trained.LEARNING_RATE).toBeLessThanOrEqual(5e-4);
          expect(Number.isInteger(trained.NUM_TRAIN_EPOCHS)).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  test('every question that should be asked is asked, and no other', async () => {
    await fc.assert(
      fc.asyncProperty(people, async (given) => {
        const world = await questioned(given);
        expect(askedWrongly(world.log, ROUNDS)).toEqual([]);
      }),
      { numRuns: 400 },
    );
  }, 60_000);

  test('a payload of the signal stop means a scope or is refused: rubbish never stops the run', () => {
    fc.assert(
      fc.property(fc.anything(), (payload) => {
        const scope = stopPayloadSchema.safeParse(payload);
        const meant =
          payload === undefined ||
          payload === null ||
          STOP_SCOPES.includes(payload as 'run') ||
          (typeof payload === 'object' && Object.keys(payload).every((name) => name === 'scope'));
        expect(scope.success && !meant).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});

/**
 * Follows what happened by the rules that a person would expect, apart from the product's own: after a round, and after
 * a parameter, a question waits, unless the person had said beforehand what is to follow.
 */
function askedWrongly(log: readonly LogLine[], rounds: number): string[] {
  const wrong: string[] = [];
  let [proceed, paused, open] = [false, false, false];
  let stop: 'round' | 'parameter' | 'run' | null = null;
  const strength = { round: 1, parameter: 2, run: 3 };
  const expectQuestion = (index: number, gate: string, answered: boolean) => {
    const next = log[index + 1];
    const asked = next?.event === 'asked' && next.gate === gate;
    const expected = stop !== 'run' && (paused || !answered);
    if (asked !== expected) wrong.push(`${gate} was ${asked ? '' : 'not '}asked`);
    if (!asked) proceed = false;
  };
  const heard = ({ decision }: Decision) => {
    if (decision === 'continue') proceed = true;
    else if (decision === 'set') return;
    else if (decision === 'pause' || decision === 'resume') paused = decision === 'pause';
    else {
      const scope = decision === 'stop-now' ? 'run' : (decision.slice('stop-'.length) as 'round');
      if (stop === null || strength[scope] > strength[stop]) stop = scope;
    }
  };
  log.forEach((line, index) => {
    if (line.event === 'decided') return heard(line.decision);
    if (line.event === 'asked') return void (open = true);
    if (open) [open, proceed] = [false, false];
    if (line.event === 'begun') return;
    if (line.event === 'measured') {
      if (line.round < rounds)
        expectQuestion(index, `${line.key}/round-${line.round}`, proceed || stop !== null || line.given);
      return;
    }
    const skipped = stop === 'parameter';
    if (stop !== 'run') stop = null;
    if (line.next !== null && !skipped) expectQuestion(index, `${line.key}/end`, proceed || line.given);
    else if (log[index + 1]?.event === 'asked') wrong.push(`${line.key}/end was asked`);
  });
  return wrong;
}
