/**
 * Whatever stands in a configuration file, it is a configuration that keeps the rules, or one ConfigError that says why
 * not.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ConfigError } from '../../src/config/configError.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import { agentSettingsSchema } from '../../src/domain/agentSettings.ts';
import { parameterSpaceSchema } from '../../src/domain/parameterSpace.ts';
import { PROTECTED_KEYS } from '../../src/domain/searchSpace.ts';
import type { TuningConfig } from '../../src/domain/settings.ts';
import { trainingConfigSchema } from '../../src/domain/trainingConfig.ts';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';
import { untold } from '../words/told.ts';
import { FUZZ_TIMEOUT_MS, fuzzed, isOneLine, mutateBytes, mutation, promptly } from './seed.ts';
import type { Mutation } from './seed.ts';

const ORIGINAL = readFileSync(path.join(PROJECT_ROOT, 'config', 'default.yaml'));
const LONGEST_PROBLEM = 2000;

const KEYS = [
  'SEED',
  'SCORE_RANGE',
  'COLUMNS',
  'DATASET_NAME',
  'TUNABLE_KEYS',
  'AGENT_SETTINGS',
  'LERNING_RATE',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '<<',
  '? [a]',
  '*a',
  '"a\\nb"',
  '""',
  'null',
  '1',
  `K${'x'.repeat(5000)}`,
];
const VALUES = [
  '1e400',
  '-1e400',
  'NaN',
  '.nan',
  '.inf',
  '-.inf',
  '-0',
  '0x10',
  '1e-400',
  '9007199254740993',
  '1_000',
  '00',
  'null',
  '~',
  'true',
  'yes',
  '""',
  '"a\\nb"',
  '"\\u0000"',
  "'",
  '[]',
  '{}',
  '[0, 5]',
  '[0, .inf]',
  '[5, 0]',
  '&a 1',
  '*a',
  '&a [*a]',
  '&a {x: *a}',
  '&a [1, 2]',
  '[*a, *a]',
  '!!js/function x',
  '!!binary AAAA',
  '!!set {a, b}',
  '!!int x',
  '!<tag> 1',
  '|',
  '>-',
  '@x',
  '`x`',
  '%x',
  '# none',
  '2026-01-01',
  '{__proto__: 1}',
  '{constructor: 1}',
  '{type: float, min: 1e400, max: 1}',
  '{type: int, choices: [1, 1]}',
  '{type: int, choices: [constructor, __proto__]}',
  '[SEED]',
  '[LEARNING_RATE, LEARNING_RATE]',
  '[__proto__]',
  '[constructor]',
  '[null, [1], {a: 1}]',
  'validation[50:50]',
  'train[::]',
  '../../etc/passwd',
  'http://',
  '\t',
  'x'.repeat(5000),
  `"${'x'.repeat(5000)}"`,
  '['.repeat(3000),
  '{a: '.repeat(3000),
  `[${'[],'.repeat(2000)}]`,
];
const METACHARACTERS = [
  ': ',
  '\n  ',
  '\n',
  '\t',
  '[',
  ']',
  '{',
  '}',
  '&a ',
  '*a',
  '!!',
  '!',
  '- ',
  '? ',
  '"',
  "'",
  '|',
  '>',
  '%',
  '@',
  '`',
  '#',
  ' #',
  ',',
  '---\n',
  '...\n',
  '%YAML 1.1\n---\n',
  '<<: *a',
  '\uFEFF',
  '\0',
  '\r',
  '\u2028',
  '\\',
];

const put = fc.oneof(
  fc.constantFrom(...METACHARACTERS),
  fc.constantFrom(...VALUES),
  fc.string({ maxLength: 12 }),
  fc.double().map(String),
);
const byLine = fc.record({
  how: fc.constantFrom(
    'value',
    'value',
    'value',
    'key',
    'insertKey',
    'insertLine',
    'deleteLine',
    'duplicateLine',
    'swapLines',
    'indent',
  ),
  at: fc.nat(0xffff),
  to: fc.nat(0xffff),
  key: fc.constantFrom(...KEYS),
  put,
});
const step = fc.oneof({ weight: 2, arbitrary: mutation(put) }, { weight: 3, arbitrary: byLine });
type ByLine = typeof byLine extends fc.Arbitrary<infer T> ? T : never;

function mutateLines(text: Buffer, { how, at, to, key, put: value }: ByLine): Buffer {
  const lines = text.toString().split('\n');
  const written = lines.flatMap((line, index) => (/^ *\w+:/.test(line) ? [index] : []));
  const line = (how === 'value' || how === 'key' ? written[at % written.length] : undefined) ?? at % lines.length;
  const other = to % lines.length;
  const old = lines[line]!;
  if (how === 'value') lines[line] = old.replace(/^( *\w+:).*$/, (_, start: string) => `${start} ${value}`);
  if (how === 'key') lines[line] = old.replace(/^( *)\w+:/, (_, start: string) => `${start}${key}:`);
  if (how === 'insertKey') lines.splice(line, 0, `${'  '.repeat(to % 2)}${key}: ${value}`);
  if (how === 'insertLine') lines.splice(line, 0, value);
  if (how === 'deleteLine') lines.splice(line, 1);
  if (how === 'duplicateLine') lines.splice(other, 0, old);
  if (how === 'swapLines') [lines[line], lines[other]] = [lines[other]!, old];
  if (how === 'indent') lines[line] = `${' '.repeat(to % 4)}${old}`;
  return Buffer.from(lines.join('\n'));
}

const mutate = (text: Buffer, change: Mutation | ByLine): Buffer =>
  'key' in change ? mutateLines(text, change) : mutateBytes(text, change);

function keepsTheRules({ DEFAULT_CONFIG, AGENT_SETTINGS, TUNABLE_KEYS }: TuningConfig): void {
  expect(trainingConfigSchema.parse(DEFAULT_CONFIG)).toEqual(DEFAULT_CONFIG);
  expect(agentSettingsSchema.parse(AGENT_SETTINGS)).toEqual(AGENT_SETTINGS);
  expect(Object.keys(TUNABLE_KEYS).length).toBeGreaterThan(0);
  for (const [key, space] of Object.entries(TUNABLE_KEYS)) {
    expect(Object.keys(trainingConfigSchema.shape)).toContain(key);
    expect(Object.keys(PROTECTED_KEYS)).not.toContain(key);
    expect(parameterSpaceSchema.parse(space)).toEqual(space);
  }
}

/** What the YAML parser says, and values. */
const OF_OTHERS = /不是有效的 YAML：.*|"(?:\\.|[^"\\])*(?:"|…)|'[^']*'/g;

function saysWhyNot(error: unknown, written: string): void {
  if (!(error instanceof ConfigError)) throw error;
  expect(error.problems.length).toBeGreaterThan(0);
  for (const problem of error.problems) {
    expect(problem.length).toBeLessThan(LONGEST_PROBLEM);
    expect(isOneLine(problem) ? '' : problem).toBe('');
  }
  expect(untold(error.problems, { foreign: OF_OTHERS, written })).toEqual([]);
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'fuzz-config-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a mutated configuration file', () => {
  test(
    'gives a configuration that keeps the rules, or one ConfigError with problems of one line each',
    () => {
      const file = path.join(folder, 'my.yaml');
      fc.assert(
        fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
          const text = steps.reduce(mutate, ORIGINAL);
          writeFileSync(file, text);
          let config: TuningConfig | null = null;
          try {
            config = promptly(() => resolveConfig({ file, environment: {} }));
          } catch (error) {
            saysWhyNot(error, text.toString());
          }
          if (config) keepsTheRules(config);
          expect(readdirSync(folder)).toEqual(['my.yaml']);
          expect(readFileSync(file).equals(text)).toBe(true);
        }),
        fuzzed('config'),
      );
    },
    FUZZ_TIMEOUT_MS,
  );
});
