/** What the workflow refuses to start with, and what it takes. */
import { describe, expect, test } from '@jest/globals';
import { givenNameSchema, runNameSchema } from '../../src/domain/fields.ts';
import { checkStart } from '../../src/domain/startInput.ts';
import { config } from './runs.ts';

const input = () => ({ run: 'by-hand-20260101-000000', config: config(), searchAttributes: true });
/** The input of a client, changed as JSON: any shape may come. */
function changed(change: (start: any) => unknown): unknown {
  const start = JSON.parse(JSON.stringify(input())) as unknown;
  return change(start) ?? start;
}

test('what a client hands in is taken as it is', () => {
  expect(checkStart(input())).toEqual({ start: input(), problems: [] });
});

test('settings that a client of 0.1.0 did not know get what its runs mean', () => {
  const { start, problems } = checkStart(changed(({ config }) => void delete config.AGENT_SETTINGS.GPT_TIMEOUT));
  expect(problems).toEqual([]);
  expect(start?.config.AGENT_SETTINGS.GPT_TIMEOUT).toBe(90);
});

test('the shortest start by hand: search attributes are done without, a named key has its default space', () => {
  const { start } = checkStart(
    changed((given) => {
      delete given.searchAttributes;
      given.config.TUNABLE_KEYS = { LEARNING_RATE: null };
    }),
  );
  expect(start?.searchAttributes).toBe(false);
  expect(start?.config.TUNABLE_KEYS['LEARNING_RATE']).toMatchObject({ min: 1e-6, max: 5e-4 });
});

describe('refused, naming the key, the value and what is allowed', () => {
  test.each<[string, (start: any) => unknown, RegExp]>([
    ['a list', () => [], /the input = \[\] must be an object/],
    ['a text', () => 'start', /the input = "start" must be an object \{run, config, searchAttributes\}/],
    ['no run', (start) => void delete start.run, /^run = undefined is not possible; allowed: text$/],
    [
      'a run that leaves its folder',
      (start) => void (start.run = '../up'),
      /^run = "..\/up" is not possible: allowed: 1 to 64/,
    ],
    [
      'a run that is too long',
      (start) => void (start.run = 'r'.repeat(65)),
      /^run = "r+" is not possible: allowed: 1 to 64/,
    ],
    ['an unknown key', (start) => void (start.attributes = 1), /^attributes is not a known key; allowed: run, config/],
    ['a state that is none', (start) => void (start.state = 'x'), /^state is not possible: .*as `fork` makes it/],
    [
      'attributes that are no truth',
      (start) => void (start.searchAttributes = 'yes'),
      /^searchAttributes = "yes" .*true or false/,
    ],
    ['no configuration', (start) => void (start.config = null), /^config = null must have the sections DEFAULT_CONFIG/],
    ['half a configuration', (start) => void delete start.config.AGENT_SETTINGS, /^config = .* must have the sections/],
    ['a section too much', (start) => void (start.config.MORE = {}), /^config.MORE is not a known key/],
    [
      'a value of another type',
      (start) => void (start.config.DEFAULT_CONFIG.LEARNING_RATE = 'fast'),
      /^DEFAULT_CONFIG.LEARNING_RATE = "fast" is not possible; allowed: a number above 0 to 1$/,
    ],
    [
      'a value out of range',
      (start) => void (start.config.AGENT_SETTINGS.ROUNDS_PER_PARAM = 51),
      /^AGENT_SETTINGS.ROUNDS_PER_PARAM = 51 is not possible; allowed: a whole number from 1 to 50$/,
    ],
    [
      'a key that is missing',
      (start) => void delete start.config.DEFAULT_CONFIG.SEED,
      /^DEFAULT_CONFIG.SEED is missing; allowed: a whole number/,
    ],
    [
      'a key with a slip',
      (start) => void (start.config.DEFAULT_CONFIG.LEARNIN_RATE = 1),
      /^DEFAULT_CONFIG.LEARNIN_RATE is not a known key/,
    ],
    [
      'keys that do not fit',
      (start) => void (start.config.DEFAULT_CONFIG.STSB_DEV_SPLIT = 'none'),
      /DEFAULT_CONFIG.STSB_DEV_SPLIT: the dev split gives the score/,
    ],
    ['nothing to tune', (start) => void (start.config.TUNABLE_KEYS = {}), /^TUNABLE_KEYS must list at least one key/],
    [
      'a protected key',
      (start) => void (start.config.TUNABLE_KEYS.SEED = null),
      /^TUNABLE_KEYS.SEED cannot be tuned: another seed/,
    ],
    [
      'a space wider than its key',
      (start) => void (start.config.TUNABLE_KEYS.WARMUP_RATIO = { type: 'float', min: 0, max: 2 }),
      /^TUNABLE_KEYS.WARMUP_RATIO: 2 is not possible; allowed: a number from 0 below 1$/,
    ],
    [
      'a space without an end',
      (start) => void (start.config.TUNABLE_KEYS.WARMUP_RATIO = { type: 'float', min: 0 }),
      /^TUNABLE_KEYS.WARMUP_RATIO: needs min and max/,
    ],
  ])('%s', (_name, change, message) => {
    const { start, problems } = checkStart(changed(change));
    expect(start).toBeNull();
    expect(problems).toEqual([expect.stringMatching(message)]);
  });

  test('all at once', () => {
    const { problems } = checkStart(
      changed((start) => {
        start.run = '';
        start.config.DEFAULT_CONFIG.SEED = -1;
        start.config.AGENT_SETTINGS.ADVISER = 'nobody';
      }),
    );
    expect(problems).toHaveLength(3);
  });
});

test('the longest name that a person may give makes a run name; a longer one does not', () => {
  const name = 'n'.repeat(48);
  expect(givenNameSchema.safeParse(name).success).toBe(true);
  expect(runNameSchema.safeParse(`${name}-20260131-235959`).success).toBe(true);
  expect(givenNameSchema.safeParse(`${name}n`).success).toBe(false);
  expect(runNameSchema.safeParse(`${name}n-20260131-235959`).success).toBe(false);
});
