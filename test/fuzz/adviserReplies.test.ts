/**
 * Whatever an adviser replies, it is refused in one line, or it is a value that the space of the key in hand allows.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findJsonObject } from '../../src/advisers/openai/findJson.ts';
import { configFor, currentValues } from '../../src/domain/runState.ts';
import { PROTECTED_KEYS } from '../../src/domain/searchSpace.ts';
import { trainingConfigSchema } from '../../src/domain/settings.ts';
import type { TrainingKey } from '../../src/domain/settings.ts';
import {
  checkSuggestion,
  planSchema,
  refusePlan,
  suggestionSchema,
  summarySchema,
} from '../../src/domain/suggestions.ts';
import type { PlanReply, SuggestionReply } from '../../src/domain/suggestions.ts';
import type { Values } from '../../src/domain/trials.ts';
import { run } from '../domain/runs.ts';
import { FUZZ_TIMEOUT_MS, fuzzed, isOneLine, mutateBytes, mutation, promptly } from './seed.ts';
import type { Mutation } from './seed.ts';

/** As in a run: the state has been through JSON, so its spaces are plain objects. */
const STATE = structuredClone(
  run(
    'MAX_PRIORITY_PARAMS=3',
    'TUNABLE_KEYS=[LEARNING_RATE, NUM_TRAIN_EPOCHS, TRAIN_BATCH_SIZE, WARMUP_RATIO, LR_SCHEDULER]',
  ),
);
const {
  TUNABLE_KEYS: SPACES,
  DEFAULT_CONFIG: DEFAULTS,
  AGENT_SETTINGS: { MAX_PRIORITY_PARAMS },
} = STATE.config;
const OPEN = Object.keys(SPACES);

/** Shows that the test does not refuse everything. */
const USABLE = '{"key":"LEARNING_RATE","value":5e-5,"exhausted":false,"reason":{"zh":"因为","en":"because"}}';
const KEYS = [
  ...OPEN,
  ...Object.keys(PROTECTED_KEYS),
  'LOSS',
  'learning_rate',
  '',
  '__proto__',
  'constructor',
  'toString',
  'valueOf',
  '../../etc/passwd',
  '<img src=x onerror=alert(1)>',
  'a\nb',
  '\u001b[2J',
  'x'.repeat(101),
].map((key) => JSON.stringify(key));
const GOOD_VALUES = ['1e-5', '5e-5', '3', '2', '16', '0.2', '"cosine"', '"linear"'];
const VALUES = [
  ...GOOD_VALUES,
  '1e400',
  '-1e400',
  'NaN',
  'Infinity',
  '-0',
  '0',
  '-1',
  '2.5',
  '9007199254740993',
  '1e-400',
  'null',
  'true',
  '[]',
  '[1e-5]',
  '{}',
  '{"value":1}',
  '"1e-5"',
  '"16"',
  '"../../etc/passwd"',
  '"<script>alert(1)</script>"',
  '"constructor"',
  '"a\\nb"',
  `"${'x'.repeat(3000)}"`,
  '['.repeat(3000),
  '{"a":'.repeat(3000),
];
const ODD = ['null', '[]', '{}', '1', '"x"', '{"__proto__":null}', '1e400'];

const mostly = (good: readonly string[], any: readonly string[]) =>
  fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...good) }, { weight: 2, arbitrary: fc.constantFrom(...any) });
const openKeys = OPEN.map((key) => JSON.stringify(key));
const key = mostly(openKeys, KEYS);
const value = mostly(GOOD_VALUES, VALUES);
const reason = mostly(
  ['{"zh":"因为","en":"because"}'],
  ['{"zh":"","en":"x"}', `{"zh":"x","en":"${'x'.repeat(2001)}"}`, '{"zh":"x","en":"a\\nb <b>"}', ...ODD],
);
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

const WRAPPERS: ((json: string) => string)[] = [
  (json) => json,
  (json) => json,
  (json) => json,
  (json) => `Sure!\n\`\`\`json\n${json}\n\`\`\`\nGood luck.`,
  (json) => `{not json} ${json}`,
  (json) => `{"thought": "x"} ${json}`,
  (json) => `[${json}]`,
  (json) => `{"answer": ${json}}`,
  (json) => `${json}${json}`,
  (json) => JSON.stringify(json),
  (json) => `\uFEFF${json}`,
  (json) => json.replace('{', '{"key":"SEED","value":1,'),
  (json) => json.replace(/\}$/, ',"SEED":1,"__proto__":{"SEED":1}}'),
  (json) => `${'{'.repeat(60)}${json}`,
  (json) => `${'{'.repeat(250_000)}${json}`,
  (json) => `${'{"a":'.repeat(9000)}${json}${'}'.repeat(9000)}`,
];
const put = fc.oneof(
  fc.constantFrom(
    '"',
    '\\',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '\n',
    '```',
    '\0',
    '1e400',
    'NaN',
    '-',
    'e9',
    '"SEED"',
    '"DATASET_NAME"',
  ),
  fc.string({ maxLength: 6 }),
);
const reply = fc
  .record({
    json: fc.oneof(suggestion, plan),
    wrap: fc.constantFrom(...WRAPPERS),
    mutations: fc.oneof(
      { weight: 1, arbitrary: fc.constant<Mutation[]>([]) },
      { weight: 1, arbitrary: fc.array(mutation(put), { maxLength: 4 }) },
    ),
    inHand: fc.constantFrom(...OPEN),
  })
  .map(({ json, wrap, mutations, inHand }) => ({
    text: mutations.reduce(mutateBytes, Buffer.from(wrap(json))).toString(),
    inHand,
  }));

/** Written apart from the product's own check, so that it does not agree with a mistake there. */
function expectAllowed(name: string, given: unknown): void {
  expect(OPEN).toContain(name);
  const { type, min, max, choices } = SPACES[name]!;
  if (choices) return expect(choices).toContain(given);
  expect(type === 'int' ? Number.isSafeInteger(given) : Number.isFinite(given)).toBe(true);
  expect(given).toBeGreaterThanOrEqual(min!);
  expect(given).toBeLessThanOrEqual(max!);
}

function expectProtected(values: Values): void {
  const built = configFor(STATE, values);
  for (const name of Object.keys(PROTECTED_KEYS) as TrainingKey[]) expect(built[name]).toEqual(DEFAULTS[name]);
}

/** What is to be trained must be a configuration, with nothing in it that the schema does not know. */
function expectTrainable(values: Values): void {
  expectProtected(values);
  expect(trainingConfigSchema.parse(configFor(STATE, values))).toEqual(configFor(STATE, values));
}

const expectReason = (why: string): void => expect(isOneLine(why) ? '' : why).toBe('');

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
