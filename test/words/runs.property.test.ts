/** Whatever happens in a run, all that it says is Chinese for a Chinese reader. */
import { describe, expect, test } from '@jest/globals';
import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import fc from 'fast-check';
import type { Decision } from '../../src/domain/decisions.ts';
import type { PlanReply, SuggestionReply } from '../../src/domain/suggestions.ts';
import type { ProposalReply } from '../../src/domain/proposals.ts';
import type { Advice } from '../../src/domain/contract.ts';
import { newRun } from '../../src/domain/runState.ts';
import type { RunState } from '../../src/domain/runState.ts';
import { trialTitle, trialVerdict } from '../../src/domain/trialWords.ts';
import { FAILURE_KINDS } from '../../src/domain/trials.ts';
import { tellRun } from '../../src/workflows/tuningRun.ts';
import type { Release } from '../../src/workflows/release.ts';
import { FACTS, config, earlierConfig, result } from '../domain/runs.ts';
import { memoryWorld } from '../workflows/memoryHost.ts';
import { studyInOrder } from '../workflows/studyInOrder.ts';
import { untold } from './told.ts';

/** What trainings and advisers fail with, as the trainer and the activities say it. */
const FAILURES: Record<string, string[]> = {
  oom: ['out of memory: CUDA'],
  nan: ['the loss is not a finite number at step 3', 'the dev score is not a finite number at step 25'],
  killed: ['the training process was ended by SIGKILL', 'the kernel killed the training for memory'],
  hang: ['no progress for 120 s (HANG_SECONDS 120) in train at step 4'],
  pruned: ['ended at look 2 of 4, after step 12 of 25: its dev score 0.1 is below 0.2'],
  bad_config: ['POOLING: the model has no pooling that could be chosen; allowed: null'],
  data: ['data.csv:3: 4 cells, but the first row has 3'],
  disk: ["the disk cannot take the training's files: ENOSPC"],
  trainer_bug: ['the training process ended with exit code 1 and no result'],
  adviser_unavailable: ["the adviser's server answered 503: overloaded", 'no whole reply within 60 s (GPT_TIMEOUT)'],
  adviser_auth: ["the adviser's server answered 401: key; check the key with npm run setup-api-key"],
};
const failure = (kind: string, facts: Record<string, unknown> = { train_seconds: 3 }): ActivityFailure => {
  const [message] = FAILURES[kind]!;
  const cause = ApplicationFailure.create({ type: kind, message: message!, nonRetryable: true, details: [facts] });
  return new ActivityFailure('activity failed', 'work', '1', 'NON_RETRYABLE_FAILURE', 'test', cause);
};

const KEYS = ['LEARNING_RATE', 'NUM_TRAIN_EPOCHS', 'WEIGHT_DECAY', 'LR_SCHEDULER', 'SEED', 'NO_SUCH_KEY'];
const value = fc.oneof(
  fc.constantFrom<string | number>(1e-5, 5e-5, 1e-4, 1, 3, 0.05, 'cosine', 'linear', '../x', -1, 1e9),
  fc.double({ min: -1, max: 100, noNaN: true }),
);
const key = fc.constantFrom(...KEYS);
const decision: fc.Arbitrary<Decision> = fc.oneof(
  fc.record({
    decision: fc.constantFrom(
      ...(['continue', 'stop-round', 'stop-parameter', 'stop-run', 'pause', 'resume', 'repeat'] as const),
    ),
    id: fc.option(fc.constantFrom('1', '2'), { nil: undefined }),
    gate: fc.option(fc.constantFrom('round-LEARNING_RATE-1', 'training-3'), { nil: undefined }),
  }),
  fc.constant<Decision>({ decision: 'continue' }),
  fc.constant<Decision>({ decision: 'stop-now' }),
  fc.record({ decision: fc.constant('set' as const), key, value }),
  fc.record({ decision: fc.constant('key' as const), key }),
);
const reason = fc.constantFrom(
  { zh: '这样的取值通常更好。', en: 'Because.....' },
  { zh: '因为', en: 'string' },
  { zh: 'same', en: 'same' },
  { zh: '学习率应当更低。', en: '学习率应当更低。。' },
);
const plan = fc.record({
  base_config: fc.array(fc.record({ key, value }), { maxLength: 3 }),
  priority_keys: fc.array(key, { minLength: 1, maxLength: 5 }),
  reason,
});
const suggestion = fc.record({
  key,
  value: fc.option(value, { nil: null }),
  exhausted: fc.constantFrom(true, false, false),
  reason,
});
const proposal: fc.Arbitrary<ProposalReply> = fc.record({
  reason,
  prediction: fc.constantFrom({ low: 0.2, high: 0.6 }, { low: 0.6, high: 0.2 }, { low: 0, high: 3 }),
  action: fc.constantFrom('train', 'train', 'train', 'repeat', 'stop'),
  proposals: fc.array(fc.record({ key: fc.oneof(key, fc.constant('CANDIDATE')), value }), { maxLength: 4 }),
});
const outcome = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('oom', 'nan', 'killed', 'hang', 'pruned', 'bad_config', 'data', 'trainer_bug'),
  },
);
/** Activities that may fail as a whole, and are noted then. */
const FRAGILE = [
  'confirmHeldOut',
  'publishModel',
  'writeReport',
  'keepRecord',
  'studySearch',
  'earlierEvidence',
  'timeTraining',
  'heldOutCosines',
  'tidyPlace',
  'salvageRun',
  'notify',
  'probeAdviser',
] as const;

const scenario = fc.record({
  release: fc.constantFrom<Release>(2, 3, 4, 7),
  search: fc.constantFrom('by_parameter', 'adaptive', 'free'),
  onFailure: fc.constantFrom('fallback', 'pause', 'end'),
  settings: fc.subarray([
    'INTERACTIVE_MODE=true',
    'NOISE_SEEDS=2',
    'CONFIRM_SEEDS=2',
    'MAX_TRAIN_SECONDS=60',
    'MAX_RUN_SECONDS=200',
    'MAX_TOKENS=200',
    'GATE_TIMEOUT=10',
    'STSB_TEST_SPLIT=none',
    'CONSTRAINTS=[pearson >= 0.9]',
    'NOTIFY_WEBHOOK=http://127.0.0.1:9/x',
    'OPENING_SHARE=0.25',
    'PUBLISH=best',
  ]),
  fails: fc.subarray([...FRAGILE], { maxLength: 2 }),
  openai: fc.boolean(),
  slots: fc.integer({ min: 1, max: 3 }),
  spread: fc.constantFrom(0, 0.01, 0.2),
  worthwhile: fc.boolean(),
  adviserDies: fc.integer({ min: 0, max: 6 }),
  unusable: fc.integer({ min: 0, max: 4 }),
  plans: fc.array(plan, { minLength: 1, maxLength: 3 }),
  suggestions: fc.array(suggestion, { minLength: 1, maxLength: 8 }),
  proposals: fc.array(proposal, { minLength: 1, maxLength: 8 }),
  outcomes: fc.array(outcome, { minLength: 1, maxLength: 12 }),
  decisions: fc.array(fc.array(decision, { maxLength: 2 }), { maxLength: 10 }),
  during: fc.array(fc.array(decision, { maxLength: 2 }), { maxLength: 10 }),
});
type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

async function play(given: Scenario) {
  const make = given.release < 4 ? earlierConfig : config;
  const state = newRun(
    'tune',
    make(`SEARCH=${given.search}`, `ON_ADVISER_FAILURE=${given.onFailure}`, 'ROUNDS_PER_PARAM=2', ...given.settings),
    0,
  );
  const turns = <T>(items: readonly T[]) => {
    let at = 0;
    return () => items[at++ % items.length]!;
  };
  const [nextPlan, nextSuggestion, nextProposal, nextOutcome] = [
    turns(given.plans),
    turns(given.suggestions),
    turns(given.proposals),
    turns(given.outcomes),
  ];
  let [asked, turn, moment] = [0, 0, 0];
  const usage = { promptTokens: 10, completionTokens: 5 };
  const advice = <T>(value: T): Advice<T> => {
    asked += 1;
    if (given.adviserDies > 0 && asked % given.adviserDies === 0) throw failure('adviser_unavailable');
    const lost = given.unusable > 0 && asked % given.unusable === 0;
    return lost
      ? { value: null, problem: 'the reply holds no JSON object', raw: '', model: 'fake', usage }
      : { value, problem: null, raw: '', model: 'fake', usage };
  };
  const broken = Object.fromEntries(
    given.fails.map((name) => [
      name,
      async () => {
        throw failure(name === 'probeAdviser' ? 'adviser_auth' : 'disk');
      },
    ]),
  );
  const world = memoryWorld(
    state,
    {
      probeTrainer: async () => ({ ...FACTS, threads: 4, slots: given.slots }),
      probeAdviser: async () => ({ kind: given.openai ? 'openai' : 'local', model: 'fake', note: '' }),
      advisePlan: async () => advice<PlanReply>(nextPlan()),
      adviseValue: async () => advice<SuggestionReply>(nextSuggestion()),
      adviseSummary: async () => {
        throw failure('adviser_unavailable');
      },
      adviseNext: async () => advice<ProposalReply>(nextProposal()),
      studySearch: async ({ study }) => {
        const usual = studyInOrder(study);
        return {
          ...usual,
          keys: Object.fromEntries(
            Object.entries(usual.keys).map(([name, of]) => [name, { ...of, worthwhile: given.worthwhile }]),
          ),
          outlook: { ...usual.outlook, worthwhile: given.worthwhile },
          noise: { atDefault: given.spread, atBase: given.spread, repeats: 2 },
        };
      },
      trainTrial: async () => {
        const drawn = nextOutcome();
        if (typeof drawn === 'string') throw failure(drawn);
        return result(drawn);
      },
      ...broken,
    },
    // Nobody resumes a run for ever whose adviser fails for ever.
    () => (turn++ > PATIENCE ? [{ decision: 'stop-run' }] : (given.decisions[turn - 1] ?? [])),
    (activity) => (TAKES_LONG.has(activity) ? (given.during[moment++] ?? []) : []),
    given.release,
  );
  await tellRun(world.host);
  return { state, told: world.told };
}

const PATIENCE = 30;
const TAKES_LONG = new Set(['trainTrial', 'advisePlan', 'adviseValue', 'adviseNext', 'studySearch', 'confirmHeldOut']);

/** All that a run says as plain texts. */
const saidBy = (state: RunState): (string | null | undefined)[] => [
  ...state.notes,
  state.endedEarly,
  state.adviserClosed,
  ...state.fixed.map(({ why }) => why),
  ...state.refusals.map(({ why }) => why),
  ...state.hints.map(({ source }) => source),
  ...state.trials.flatMap((trial) => [trialTitle(trial), trialVerdict(trial), trial.failure?.message]),
];

/** The word for a reply without a reason that stands in one, and the names that a person chose. */
const FOREIGN = /Because\.+/g;

describe('whatever a run says is Chinese', () => {
  test('whoever advises, whatever fails, whatever people decide', async () => {
    const found = new Set<string>();
    await fc.assert(
      fc.asyncProperty(scenario, async (given) => {
        const { state, told } = await play(given);
        for (const text of untold([...saidBy(state), ...told], { foreign: FOREIGN })) found.add(text);
      }),
      { numRuns: 300 },
    );
    // All at once: each text says by itself where it comes from.
    expect([...found]).toEqual([]);
  }, 120_000);

  test('a text of nobody would be found', () => {
    const missing = ['trial 3 was eaten by a dog', 'config.yaml:3: LEARNING_RATE tastes odd'];
    expect(untold([...missing, 'LEARNING_RATE = 3e-5', 'the run was cancelled'])).toHaveLength(2);
  });

  test('so are the words for every kind of failure', () => {
    expect(untold(Object.values(FAILURE_KINDS))).toEqual([]);
    expect(untold(Object.keys(FAILURE_KINDS).map((kind) => `failed: ${kind}`))).toEqual([]);
  });
});
