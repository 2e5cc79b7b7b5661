/**
 * Whatever an adviser replies, it is refused in one line, or it is a value that the space of the key in hand allows.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findJsonObject } from '../../src/advisers/openai/findJson.ts';
import { currentValues } from '../../src/domain/configurations.ts';
import {
  checkSuggestion,
  planSchema,
  refusePlan,
  suggestionSchema,
  summarySchema,
} from '../../src/domain/suggestions.ts';
import type { PlanReply, SuggestionReply } from '../../src/domain/suggestions.ts';
import type { Values } from '../../src/domain/trials.ts';
import {
  ODD,
  OPEN,
  STATE,
  asSent,
  expectAllowed,
  expectProtected,
  expectReason,
  expectTrainable,
  key,
  mostly,
  reason,
  value,
} from './replies.ts';
import { FUZZ_TIMEOUT_MS, fuzzed, promptly } from './seed.ts';

const {
  TUNABLE_KEYS: SPACES,
  AGENT_SETTINGS: { MAX_PRIORITY_PARAMS },
} = STATE.config;

/** Shows that the test does not refuse everything. */
const USABLE = '{"key":"LEARNING_RATE","value":5e-5,"exhausted":false,"reason":{"zh":"因为","en":"because"}}';

const suggestion = fc
  .record({ key, value, exhausted: mostly(['false'], ['true', '"no"', ...ODD]), reason })
  .map(
    (reply) => `{"key":${reply.key},"value":${reply.value},"exhausted":${reply.exhausted},"reason":${reply.reason}}`,
  );
const entries = fc
  .array(fc.tuple(key, value), { maxLength: 3 })
  .map((pairs) => `[${pairs.map(([name, given]) => `{"key":${name},"value":${given}}`).join(',')}]`);
const priorities = fc.array(key, { maxLength: 4 }).map((keys) => `[${keys.join(',')}]`);
const odd = fc.constantFrom(...ODD);
const plan = fc
  .record({
    base: fc.oneof({ weight: 9, arbitrary: entries }, { weight: 1, arbitrary: odd }),
    priorities: fc.oneof({ weight: 9, arbitrary: priorities }, { weight: 1, arbitrary: odd }),
    reason,
  })
  .map((reply) => `{"base_config":${reply.base},"priority_keys":${reply.priorities},"reason":${reply.reason}}`);

const reply = fc.record({ text: asSent(fc.oneof(suggestion, plan)), inHand: fc.constantFrom(...OPEN) });

function judgeSuggestion(given: SuggestionReply, inHand: string): boolean {
  const current = currentValues(STATE);
  expectProtected({ ...current, [given.key]: given.value } as Values);
  const verdict = promptly(() =>
    checkSuggestion(given, inHand, SPACES[inHand]!, (change) =>
      Object.entries(change).every(([name, tried]) => current[name] === tried),
    ),
  );
  if (verdict.verdict === 'refused') expectReason(verdict.why);
  if (verdict.verdict !== 'try') return false;
  expect(given.key).toBe(inHand);
  expectAllowed(inHand, verdict.value);
  expectTrainable({ ...current, [inHand]: verdict.value });
  return true;
}

function judgePlan(given: PlanReply): boolean {
  const values = {
    ...currentValues(STATE),
    ...Object.fromEntries(given.base_config.map(({ key: name, value: proposed }) => [name, proposed])),
  };
  expectProtected(values);
  const problems = promptly(() => refusePlan(given, SPACES, MAX_PRIORITY_PARAMS));
  problems.forEach(expectReason);
  if (problems.length > 0) return false;
  for (const { key: name, value: proposed } of given.base_config) expectAllowed(name, proposed);
  expect(given.priority_keys.filter((name) => !OPEN.includes(name))).toEqual([]);
  expect(new Set(given.priority_keys).size).toBe(given.priority_keys.length);
  expect(given.priority_keys.length).toBeLessThanOrEqual(MAX_PRIORITY_PARAMS);
  expectTrainable(values);
  return true;
}

describe('a mutated reply of an adviser', () => {
  test(
    'is refused in one line, or gives a value of the space for the key in hand, and never changes a protected key',
    () => {
      let used = 0;
      fc.assert(
        fc.property(reply, ({ text, inHand }) => {
          const found = promptly(() => findJsonObject(text));
          const parsed = [suggestionSchema, planSchema, summarySchema].map((schema) => schema.safeParse(found));
          for (const { error } of parsed) for (const issue of error?.issues ?? []) expectReason(issue.message);
          if (parsed[0]!.success && judgeSuggestion(parsed[0]!.data as SuggestionReply, inHand)) used += 1;
          if (parsed[1]!.success && judgePlan(parsed[1]!.data as PlanReply)) used += 1;
        }),
        { ...fuzzed('adviserReplies'), examples: [[{ text: USABLE, inHand: 'LEARNING_RATE' }]] },
      );
      expect(used).toBeGreaterThan(0);
    },
    FUZZ_TIMEOUT_MS,
  );
});
