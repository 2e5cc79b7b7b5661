/** What the parser of settings says by itself, and rules between keys, is Chinese for a Chinese reader. */
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { ConfigError } from '../../src/config/configError.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import { decisionSchema } from '../../src/domain/decisions.ts';
import { checkStart } from '../../src/domain/startInput.ts';
import { untold } from './told.ts';

const problemsOf = (...set: string[]): readonly string[] => {
  try {
    resolveConfig({ set });
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error(`${set.join(' ')} was taken`);
};

test.each([
  ['a type', z.string(), 5],
  ['a choice', z.enum(['a', 'b']), 'c'],
  ['a literal', z.literal('a'), 'b'],
  ['an upper bound', z.number().max(3), 5],
  ['a lower bound', z.number().gt(3), 1],
  ['a length', z.string().min(3), 'x'],
  ['a list that is too long', z.array(z.int()).max(1), [1, 2]],
  ['a whole number', z.int(), 1.5],
  ['a multiple', z.number().multipleOf(2), 3],
  ['an address', z.url(), 'x'],
  ['a pattern', z.string().regex(/a/), 'x'],
  ['keys that are not known', z.strictObject({}), { a: 1 }],
  ['a key of a record', z.record(z.enum(['a']), z.int()), { b: 1 }],
  ['a union', z.union([z.string(), z.int()]), null],
])('%s', (_title, schema, value) => {
  const messages = z.safeParse(schema, value).error?.issues.map(({ message }) => message) ?? [];
  expect(messages.length).toBeGreaterThan(0);
  expect(untold(messages)).toEqual([]);
});

describe('rules between keys', () => {
  test.each([
    ['SAVE_STEPS=30', 'EVAL_STRATEGY=steps', 'EVAL_STEPS=25', 'SAVE_STRATEGY=steps'],
    ['STSB_DEV_SPLIT=none'],
    ['STSB_TRAIN_SPLIT=none'],
    ['STSB_DEV_SPLIT=train[:200]'],
    ['STSB_DEV_SPLIT=validation[50:50]'],
    ['MAX_TRIAL_SECONDS=50', 'MAX_TRAIN_SECONDS=40'],
    ['LORA_ALPHA=3'],
    ['LORA_MERGE=false', 'DROPPED_LAYERS=1'],
    ['METRIC={name: A, direction: maximize, unit: null}'],
    ['LOSS=mnrl'],
    ['MATRYOSHKA_DIMS=[64]'],
    ['TASK=retrieval', 'COLUMNS={question: q}'],
    ['TRAINER=a.py', 'TRAINER_COMMAND=[x]', 'TUNABLE_KEYS={C: {type: float, min: 1, max: 2}}'],
    ['TRAINER=a.py', 'API_KEY=x', 'TUNABLE_KEYS={C: }'],
    ['STORE=models/store'],
    ['STORE=ftp://x'],
    ['CONSTRAINTS=[fast]'],
    ['TUNABLE_KEYS={EVAL_STEPS: }', 'EVAL_LOOKS=null'],
    ['TUNABLE_KEYS={LOSS: {type: categorical, choices: [mnrl, cosent]}}'],
    ['TUNABLE_KEYS={LEARNING_RATE: {type: float, min: 5, max: 1, scale: log}}'],
    ['TUNABLE_KEYS={BASE_MODEL: , SEED: , LORA_DROPOUT: , NO_SUCH: }'],
    ['TUNABLE_KEYS={LEARNING_RATE: {of all steps: 1}}'],
    ['TUNABLE_KEYS={constructor: 1}'],
    ['NO_SUCH=1', 'x'],
  ])('%s', (...set) => {
    expect(untold(problemsOf(...set.filter(Boolean)), { foreign: /"[^"]*"|\{[^}]*\}/g })).toEqual([]);
  });
});

test('a start without a configuration, and no decision', () => {
  const start = checkStart({ run: 5, config: {}, searchAttributes: 'x' });
  expect(untold(start.problems)).toEqual([]);
  const decision = decisionSchema.safeParse({ decision: 'eat' }).error!.issues[0]!.message;
  expect(untold([`not a decision: ${decision}`])).toEqual([]);
});
