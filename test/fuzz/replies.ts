/** What the fuzz tests of adviser replies share: words that a reply may be made of, what may surround it, and what must hold. */
import { expect } from '@jest/globals';
import fc from 'fast-check';
import { configFor } from '../../src/domain/configurations.ts';
import { PROTECTED_KEYS } from '../../src/domain/searchSpace.ts';
import { trainingConfigSchema } from '../../src/domain/trainingConfig.ts';
import type { TrainingKey } from '../../src/domain/trainingConfig.ts';
import type { Values } from '../../src/domain/trials.ts';
import { run } from '../domain/runs.ts';
import { isOneLine, mutateBytes, mutation } from './seed.ts';
import type { Mutation } from './seed.ts';

/** As in a run: the state has been through JSON, so its spaces are plain objects. */
export const STATE = structuredClone(
  run(
    'MAX_PRIORITY_PARAMS=3',
    'TUNABLE_KEYS=[LEARNING_RATE, NUM_TRAIN_EPOCHS, TRAIN_BATCH_SIZE, WARMUP_RATIO, LR_SCHEDULER]',
  ),
);
const { TUNABLE_KEYS: SPACES, DEFAULT_CONFIG: DEFAULTS } = STATE.config;
export const OPEN = Object.keys(SPACES);

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
export const ODD = ['null', '[]', '{}', '1', '"x"', '{"__proto__":null}', '1e400'];

export const mostly = (good: readonly string[], any: readonly string[]) =>
  fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...good) }, { weight: 2, arbitrary: fc.constantFrom(...any) });
const openKeys = OPEN.map((key) => JSON.stringify(key));
export const key = mostly(openKeys, KEYS);
export const value = mostly(GOOD_VALUES, VALUES);
export const reason = mostly(
  ['{"zh":"因为","en":"because"}'],
  ['{"zh":"","en":"x"}', `{"zh":"x","en":"${'x'.repeat(2001)}"}`, '{"zh":"x","en":"a\\nb <b>"}', ...ODD],
);
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
/** A reply as a server may hand it on: wrapped, and half of the time damaged. */
export const asSent = (json: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .record({
      json,
      wrap: fc.constantFrom(...WRAPPERS),
      mutations: fc.oneof(
        { weight: 1, arbitrary: fc.constant<Mutation[]>([]) },
        { weight: 1, arbitrary: fc.array(mutation(put), { maxLength: 4 }) },
      ),
    })
    .map(({ json: sent, wrap, mutations }) => mutations.reduce(mutateBytes, Buffer.from(wrap(sent))).toString());

/** Written apart from the product's own check, so that it does not agree with a mistake there. */
export function expectAllowed(name: string, given: unknown): void {
  expect(OPEN).toContain(name);
  const { type, min, max, choices } = SPACES[name]!;
  if (choices) return expect(choices).toContain(given);
  expect(type === 'int' ? Number.isSafeInteger(given) : Number.isFinite(given)).toBe(true);
  expect(given).toBeGreaterThanOrEqual(min!);
  expect(given).toBeLessThanOrEqual(max!);
}

export function expectProtected(values: Values): void {
  const built = configFor(STATE, values);
  for (const name of Object.keys(PROTECTED_KEYS) as TrainingKey[]) expect(built[name]).toEqual(DEFAULTS[name]);
}

/** What is to be trained must be a configuration, with nothing in it that the schema does not know. */
export function expectTrainable(values: Values): void {
  expectProtected(values);
  expect(trainingConfigSchema.parse(configFor(STATE, values))).toEqual(configFor(STATE, values));
}

export const expectReason = (why: string): void => expect(isOneLine(why) ? '' : why).toBe('');
