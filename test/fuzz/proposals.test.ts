/**
 * Whatever a language model replies before a training, it is refused in one line, or every training that comes of it is
 * one that the question allows.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findJsonObject } from '../../src/advisers/openai/findJson.ts';
import { currentValues } from '../../src/domain/configurations.ts';
import { candidatesFor } from '../../src/domain/influence.ts';
import { checkProposals, proposalSchema } from '../../src/domain/proposals.ts';
import type { ProposalQuestion, ProposalReply } from '../../src/domain/proposals.ts';
import { candidate, study } from '../domain/studies.ts';
import { ODD, OPEN, STATE, asSent, expectAllowed, expectReason, expectTrainable, key, value } from './replies.ts';
import { FUZZ_TIMEOUT_MS, fuzzed, promptly } from './seed.ts';

const BASE = currentValues(STATE);
/** Tried already, for the questions; otherwise nothing is. */
const TRIED = { ...BASE, LEARNING_RATE: 5e-5 };
const THOUGHT = study({
  base: { values: BASE, mean: 0.68, sd: 0.01 },
  next: [candidate({ LEARNING_RATE: 8.123456789e-5 }, 0.72, {}, BASE)],
  shortlist: [
    candidate({ TRAIN_BATCH_SIZE: 16 }, 0.715, {}, BASE),
    candidate({ NUM_TRAIN_EPOCHS: 3, LR_SCHEDULER: 'cosine' }, 0.712, { origin: 'joint' }, BASE),
    candidate({ NUM_TRAIN_EPOCHS: 2 }, 0.6, {}, BASE),
  ],
  winner: { values: BASE, gain: 0.02, sd: 0.01 },
});
const { shown, free } = candidatesFor(THOUGHT);

/** Shows that the test does not refuse everything. */
const USABLE = `{"reason":{"zh":"学习率的影响最大，先试更大的值。","en":"The learning rate matters most."},"prediction":{"low":0.6,"high":0.7},
"action":"train","proposals":[{"key":"LEARNING_RATE","value":1e-4}]}`;

/** Six words make an answer, and one bad one refuses it. */
const nearly = (good: readonly string[], any: readonly string[]) =>
  fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...good) }, { weight: 1, arbitrary: fc.constantFrom(...any) });
const openKeys = OPEN.map((name) => JSON.stringify(name));
const action = nearly(['"train"', '"train"', '"train"', '"repeat"', '"stop"'], ['"TRAIN"', '"explore"', ...ODD]);
const bound = (good: string) => nearly([good], ['"0.65"', '-2', '1e400', '"1e999"', ...ODD]);
const number = nearly(['1', '2', '"3"'], ['0', '4', '-1', '1.5', '1e9', '"1; 2"', ...ODD]);
const FITTING = [
  ['"LEARNING_RATE"', '1e-4'],
  ['"LEARNING_RATE"', '"5e-5"'],
  ['"NUM_TRAIN_EPOCHS"', '2'],
  ['"TRAIN_BATCH_SIZE"', '16'],
  ['"WARMUP_RATIO"', '0.2'],
  ['"LR_SCHEDULER"', '"cosine"'],
] as const;
const proposal = fc
  .oneof(
    fc.tuple(fc.constant('"CANDIDATE"'), number),
    fc.tuple(nearly(openKeys, ['"CANDIDATE"']), value),
    fc.constantFrom(...FITTING),
    fc.tuple(key, value),
  )
  .map(([name, given]) => `{"key":${name},"value":${given}}`);
const proposals = fc.array(proposal, { minLength: 1, maxLength: 2 }).map((all) => `[${all.join(',')}]`);
const json = fc
  .record({
    reason: nearly(
      ['{"zh":"学习率的影响最大，先试更大的值。","en":"The learning rate matters most."}'],
      ['{"zh":"...","en":"..."}', '{"zh":"","en":"x"}', `{"zh":"x","en":"${'x'.repeat(2001)}"}`, ...ODD],
    ),
    low: bound('0.6'),
    high: bound('0.7'),
    action,
    proposals: fc.oneof({ weight: 9, arbitrary: proposals }, { weight: 1, arbitrary: fc.constantFrom(...ODD) }),
  })
  .map(
    (given) =>
      `{"reason":${given.reason},"prediction":{"low":${given.low},"high":${given.high}},` +
      `"action":${given.action},"proposals":${given.proposals}}`,
  );
const question: fc.Arbitrary<ProposalQuestion> = fc.record({
  keys: fc.subarray(OPEN),
  candidates: fc.integer({ min: 0, max: free }),
  count: fc.integer({ min: 1, max: 3 }),
  ownAtMost: fc.integer({ min: 0, max: 3 }),
  mayRepeat: fc.boolean(),
  mayStop: fc.boolean(),
  limited: fc.constantFrom(null, 'later'),
});

/** @returns Whether trainings came of it. */
function judge(given: ProposalReply, asked: ProposalQuestion): boolean {
  const tried = (values: object): boolean => JSON.stringify(values) === JSON.stringify(TRIED);
  const rules = {
    question: asked,
    scale: 'correlation' as const,
    spaces: STATE.config.TUNABLE_KEYS,
    study: THOUGHT,
    shown,
    tried,
  };
  const checked = promptly(() => checkProposals(given, rules));
  if (checked.verdict === 'refused') expectReason(checked.why);
  if (checked.verdict === 'repeat') expect(asked.mayRepeat).toBe(true);
  if (checked.verdict === 'stop') expect(asked.mayStop).toBe(true);
  if (checked.verdict !== 'train') return false;
  const { trainings } = checked;
  expect(trainings.length).toBeGreaterThan(0);
  expect(trainings.length).toBeLessThanOrEqual(asked.count);
  expect(trainings.filter(({ origin }) => origin === 'own').length).toBeLessThanOrEqual(asked.ownAtMost);
  for (const { values, change, origin, predicted } of trainings) {
    for (const [name, changed] of Object.entries(change)) expectAllowed(name, changed);
    expect(values).toEqual({ ...BASE, ...change });
    expectTrainable(values);
    if (origin === 'own') {
      expect(asked.keys).toEqual(expect.arrayContaining(Object.keys(change)));
      expect(Object.keys(change)).toHaveLength(1);
      expect(values).not.toEqual(BASE);
      expect(tried(values)).toBe(false);
    } else expect(shown.slice(0, asked.candidates).map((one) => one.values)).toContainEqual(values);
    if (predicted.byAdviser) expect(predicted.byAdviser.low).toBeLessThanOrEqual(predicted.byAdviser.high);
  }
  return true;
}

describe('a mutated answer to "which training comes next?"', () => {
  test(
    'is refused in one line, or gives trainings that the question allows, and never changes a protected key',
    () => {
      let used = 0;
      const anything: ProposalQuestion = {
        keys: OPEN,
        candidates: free,
        count: 3,
        ownAtMost: 3,
        mayRepeat: true,
        mayStop: true,
        limited: null,
      };
      fc.assert(
        fc.property(asSent(json), question, (text, asked) => {
          const { data, error } = proposalSchema.safeParse(promptly(() => findJsonObject(text)));
          for (const issue of error?.issues ?? []) expectReason(issue.message);
          if (data && judge(data, asked)) used += 1;
        }),
        { ...fuzzed('proposals'), examples: [[USABLE, anything]] },
      );

      expect(used).toBeGreaterThan(0);
    },
    FUZZ_TIMEOUT_MS,
  );
});
