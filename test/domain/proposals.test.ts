/** What a language model may propose: each rule of a question, and the reasons that are none. */
import { describe, expect, test } from '@jest/globals';
import { candidatesFor } from '../../src/domain/influence.ts';
import { checkProposals, proposalSchema } from '../../src/domain/proposals.ts';
import type { ProposalQuestion, ProposalReply } from '../../src/domain/proposals.ts';
import { refuseReason } from '../../src/domain/reasons.ts';
import { summarySchema } from '../../src/domain/suggestions.ts';
import { config } from './runs.ts';
import { BASE, study } from './studies.ts';

const reason = { zh: '学习率的影响最大，先试更大的值。', en: 'The learning rate matters most.' };
const reply = (change: Partial<ProposalReply> = {}): ProposalReply => ({
  reason,
  prediction: { low: 0.6, high: 0.8 },
  action: 'train',
  proposals: [{ key: 'CANDIDATE', value: 1 }],
  ...change,
});
const { shown, free } = candidatesFor(study());
const question = (change: Partial<ProposalQuestion> = {}): ProposalQuestion => ({
  keys: Object.keys(BASE),
  candidates: free,
  count: 1,
  ownAtMost: 1,
  mayRepeat: true,
  mayStop: false,
  limited: null,
  ...change,
});
const check = (given: ProposalReply, change: Partial<ProposalQuestion> = {}, tried = () => false) =>
  checkProposals(given, {
    question: question(change),
    scale: 'correlation',
    spaces: config().TUNABLE_KEYS,
    study: study(),
    shown,
    tried,
  });
const own = (key: string, value: string | number) => reply({ proposals: [{ key, value }] });

test('a candidate is chosen by its number, with what both expect of it', () => {
  expect(check(reply({ proposals: [{ key: 'CANDIDATE', value: '2' }] }))).toMatchObject({
    verdict: 'train',
    trainings: [
      {
        origin: 'choice',
        proposedBy: 'adviser',
        change: { TRAIN_BATCH_SIZE: 16 },
        predicted: {
          byModel: { low: expect.closeTo(0.665), high: expect.closeTo(0.765) },
          byAdviser: { low: 0.6, high: 0.8 },
        },
      },
    ],
  });
});

test('a joint candidate is chosen whole', () => {
  expect(check(reply({ proposals: [{ key: 'CANDIDATE', value: 3 }] }))).toMatchObject({
    trainings: [{ change: { NUM_TRAIN_EPOCHS: 3, LR_SCHEDULER: 'cosine' } }],
  });
});

test('a value written shorter than the candidate has it is that candidate', () => {
  expect(check(own('LEARNING_RATE', 8.12e-5))).toMatchObject({
    trainings: [{ origin: 'choice', change: { LEARNING_RATE: 8.123456789e-5 } }],
  });
});

test('a value of its own changes one key of what is built on; a number that came as text is a number', () => {
  expect(check(own('LEARNING_RATE', '2e-4'))).toMatchObject({
    trainings: [{ origin: 'own', values: { ...BASE, LEARNING_RATE: 2e-4 }, change: { LEARNING_RATE: 2e-4 } }],
  });
});

test('a candidate that promises far less than the first is a value of its own', () => {
  expect(check(own('NUM_TRAIN_EPOCHS', 2))).toMatchObject({ trainings: [{ origin: 'own' }] });
  expect(check(own('NUM_TRAIN_EPOCHS', 2), { keys: [] })).toMatchObject({ verdict: 'refused' });
});

test('several proposals are several trainings; the prediction is about the first', () => {
  const both = reply({
    proposals: [
      { key: 'CANDIDATE', value: 1 },
      { key: 'TRAIN_BATCH_SIZE', value: 16 },
      { key: 'CANDIDATE', value: 1 },
    ],
  });
  const checked = check(both, { count: 3 });
  expect(checked).toMatchObject({ verdict: 'train' });
  expect((checked as { trainings: object[] }).trainings).toMatchObject([
    { predicted: { byAdviser: { low: 0.6 } } },
    { predicted: { byAdviser: null } },
  ]);
});

test.each<[string, ProposalReply, Partial<ProposalQuestion>, RegExp]>([
  ['a number that no candidate has', reply({ proposals: [{ key: 'CANDIDATE', value: 4 }] }), {}, /from 1 to 3/],
  ['an unknown key', own('MOMENTUM', 1), {}, /not one of those that may be changed/],
  ['a name that objects have', own('constructor', 1), {}, /not one of those that may be changed/],
  ['a protected key', own('SEED', 7), {}, /not one of those that may be changed/],
  [
    'a key that is not open',
    own('WEIGHT_DECAY', 0.1),
    { keys: ['LEARNING_RATE'] },
    /WEIGHT_DECAY = 0.1 is not allowed/,
  ],
  ['a value outside its range', own('LEARNING_RATE', 1), {}, /outside its range/],
  ['a text for a number', own('LEARNING_RATE', 'larger'), {}, /is not a number/],
  ['what is built on already', own('LR_SCHEDULER', 'linear'), {}, /has already/],
  ['too many proposals', reply({ proposals: [1, 2].map((value) => ({ key: 'CANDIDATE', value })) }), {}, /at most 1/],
  ['no proposal', reply({ proposals: [] }), {}, /at least one/],
  ['stop with a value', reply({ action: 'stop' }), { mayStop: true }, /empty list/],
  ['repeat with a value', reply({ action: 'repeat' }), {}, /empty list/],
  ['stop where something is to be gained', reply({ action: 'stop', proposals: [] }), {}, /allowed: train, repeat/],
  ['a prediction upside down', reply({ prediction: { low: 0.9, high: 0.1 } }), {}, /above/],
  ['a prediction that is no score', reply({ prediction: { low: 70, high: 80 } }), {}, /no interval of scores/],
  ['a reason of dots', reply({ reason: { zh: '……', en: '…' } }), {}, /says nothing/],
])('%s is refused', (_name, given, change, why) => {
  expect(check(given, change)).toMatchObject({ verdict: 'refused', why: expect.stringMatching(why) });
});

test('what was measured is refused, and values of its own while its record forbids them', () => {
  expect(check(own('WARMUP_RATIO', 0.2), {}, () => true)).toMatchObject({ why: /measured already/ });
  expect(check(own('WARMUP_RATIO', 0.2), { keys: [], limited: 'after 3 trainings' })).toMatchObject({
    why: expect.stringContaining('after 3 trainings'),
  });
  const two = reply({
    proposals: [
      { key: 'WARMUP_RATIO', value: 0.2 },
      { key: 'WEIGHT_DECAY', value: 0.1 },
    ],
  });
  expect(check(two, { count: 3 })).toMatchObject({ why: /at most 1 in one answer/ });
});

test('a repeat and a stop are answers where they are allowed', () => {
  expect(check(reply({ action: 'repeat', proposals: [] }))).toEqual({ verdict: 'repeat', reason });
  expect(check(reply({ action: 'stop', proposals: [] }), { mayStop: true })).toEqual({ verdict: 'stop', reason });
});

test('the shape of an answer reads numbers that came as text, and refuses what is none', () => {
  expect(proposalSchema.parse({ ...reply(), prediction: { low: '0.6', high: 0.7 } }).prediction.low).toBe(0.6);
  for (const low of ['high', '1e999', '--1', null]) {
    expect(proposalSchema.safeParse({ ...reply(), prediction: { low, high: 0.7 } }).success).toBe(false);
  }
});

describe('a reason', () => {
  test.each<[string, string, string]>([
    ['dots', '……', '...'],
    ['the name of its type', '原因是学习率太小。', 'string'],
    ['its own name', '原因是学习率太小。', 'Reason'],
    ['a Chinese placeholder', '理由', 'The learning rate is small.'],
    ['the place in the example', '<why, in Chinese>', '<why, in English>'],
    ['a word', '原因是学习率太小。', 'good'],
    ['Chinese that is English', 'The learning rate is too small.', 'The learning rate is too small, I think.'],
    ['English that is Chinese', '原因是学习率太小。', '学习率太小，应当增大一些才好。'],
  ])('that is %s is refused, without repeating it', (_name, zh, en) => {
    const why = refuseReason({ zh, en });
    expect(why).not.toBeNull();
    expect(why).toMatch(/^reason\.(zh|en) /);
  });

  test('in both languages passes, short Chinese too', () => {
    expect(refuseReason(reason)).toBeNull();
    expect(refuseReason({ zh: '学习率太小', en: 'Rate too small' })).toBeNull();
  });

  test('is asked of a summary as well', () => {
    expect(summarySchema.safeParse({ summary: { zh: '……', en: '…' } }).success).toBe(false);
    expect(summarySchema.safeParse({ summary: reason }).success).toBe(true);
  });
});
