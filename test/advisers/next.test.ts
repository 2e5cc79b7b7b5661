/** The question before each training, over HTTP: the form that is asked for, what models answer, and what is read from it. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openaiAdviser } from '../../src/advisers/openai/openaiAdviser.ts';
import { evidenceOf } from '../../src/domain/evidence.ts';
import type { ProposalQuestion } from '../../src/domain/proposals.ts';
import { recordTrial } from '../../src/domain/runTrials.ts';
import { adviserContext } from '../../src/domain/trajectory.ts';
import { result, run, trial } from '../domain/runs.ts';
import { BASE, study } from '../domain/studies.ts';
import { startOpenAiServer } from '../openaiServer/server.ts';
import type { OpenAiServer } from '../openaiServer/server.ts';
import { KEY, asking } from './context.ts';

let server: OpenAiServer;
beforeEach(async () => {
  server = await startOpenAiServer({ key: KEY });
});
afterEach(async () => {
  await server.close();
});

const question = (change: Partial<ProposalQuestion> = {}): ProposalQuestion => ({
  keys: ['LEARNING_RATE', 'TRAIN_BATCH_SIZE', 'LR_SCHEDULER', 'NUM_TRAIN_EPOCHS'],
  candidates: 3,
  count: 2,
  ownAtMost: 1,
  mayRepeat: true,
  mayStop: false,
  limited: null,
  ...change,
});
const context = (change: Partial<ProposalQuestion> = {}) => {
  const state = run();
  recordTrial(state, trial({ purpose: 'baseline', key: null, values: BASE, result: result(0.6) }));
  return adviserContext(state, null, { study: study(), question: question(change) });
};
const ask = (change: Partial<ProposalQuestion> = {}, repair: { reply: string; problem: string } | null = null) =>
  openaiAdviser.next({ ...asking(server.url), context: context(change), repair });
const reason = { zh: '学习率的影响最大，先试更大的值。', en: 'The learning rate matters most.' };
const answer = (value: string | number) => ({
  reason,
  prediction: { low: 0.6, high: 0.7 },
  action: 'train',
  proposals: [{ key: 'LEARNING_RATE', value }],
});
interface Sent {
  properties: Record<string, Record<string, unknown>>;
}
const sentSchema = (): Sent =>
  (server.calls.at(-1)!.body.response_format as unknown as { json_schema: { schema: Sent } }).json_schema.schema;

describe('the schema that is asked for', () => {
  test('has the reason first, then the prediction, and the keys and values of this question', async () => {
    expect((await ask()).value).toMatchObject({ proposals: [{ key: 'CANDIDATE', value: 1 }] });
    const { properties } = sentSchema();
    expect(Object.keys(properties)).toEqual(['reason', 'prediction', 'action', 'proposals']);
    expect(properties['action']!['enum']).toEqual(['train', 'repeat']);
    const { maxItems, items } = properties['proposals'] as { maxItems: number; items: { anyOf: Sent[] } };
    expect(maxItems).toBe(2);
    expect(
      items.anyOf.map(({ properties: { key, value } }) => [key!['enum'], value!['enum'] ?? value!['description']]),
    ).toEqual([
      [['CANDIDATE'], [1, 2, 3]],
      [['LEARNING_RATE'], 'a number from 0.000001 to 0.0005 (logarithmic)'],
      [['TRAIN_BATCH_SIZE'], [4, 8, 16, 32, 64]],
      [['LR_SCHEDULER'], ['linear', 'cosine', 'constant', 'constant_with_warmup']],
      [['NUM_TRAIN_EPOCHS'], 'a whole number from 1 to 5'],
    ]);
  });

  test('has only candidates where values of its own are not allowed, and no keyword that servers refuse', async () => {
    await ask({ keys: [], mayRepeat: false });
    expect(sentSchema().properties['proposals']).toMatchObject({
      items: { properties: { key: { enum: ['CANDIDATE'] } } },
    });
    await ask();
    await openaiAdviser.plan({ ...asking(server.url), context: context(), repair: null });
    await openaiAdviser.summarise({ ...asking(server.url), context: context(), repair: null });
    await openaiAdviser.check(asking(server.url));
    for (const { body } of [...server.calls, ...server.probes]) {
      const sent = JSON.stringify(body.response_format);
      expect(sent).toContain('"strict":true');
      expect(sent).not.toMatch(
        /"(m(ax|in)Length|m(ax|in)imum|minItems|exclusive\w+|oneOf|const|default|pattern|\$\w+)"/,
      );
      // Strict servers want every field required and no other allowed.
      expect(sent.match(/"properties"/g)!.length).toBe(sent.match(/"additionalProperties":false/g)!.length);
    }
  });
});

describe('an answer', () => {
  test.each([
    ['a number that came as text', JSON.stringify(answer('1e-4'))],
    [
      'after thoughts with a draft',
      `<think>Maybe ${JSON.stringify(answer(3e-4))}?</think>${JSON.stringify(answer(1e-4))}`,
    ],
    [
      'after an unfinished thought was closed',
      `a draft ${JSON.stringify(answer(3e-4))}</think>\n${JSON.stringify(answer(1e-4))}`,
    ],
    ['last of several', `${JSON.stringify(answer(3e-4))} – no: ${JSON.stringify(answer(1e-4))}`],
    ['before something else in braces', `${JSON.stringify(answer(1e-4))} {"confidence": 0.3}`],
    ['in a code fence', `Here:\n\`\`\`json\n${JSON.stringify(answer(1e-4), null, 2)}\n\`\`\``],
  ])('%s is read', async (_name, content) => {
    server.script.push({ content });
    expect(Number((await ask()).value!.proposals[0]!.value)).toBe(1e-4);
  });

  test.each<[string, object, RegExp]>([
    ['a prediction in words', { ...answer(1e-4), prediction: 'higher' }, /prediction/],
    ['an action that does not exist', { ...answer(1e-4), action: 'explore' }, /action/],
    ['no reason', { ...answer(1e-4), reason: undefined }, /reason/],
  ])('with %s has a problem', async (_name, content, problem) => {
    server.script.push({ content: JSON.stringify(content) });
    expect(await ask()).toMatchObject({ value: null, problem: expect.stringMatching(problem) });
  });

  test('that could not be used is not quoted when it is asked for again', async () => {
    await ask({}, { reply: 'I would rather talk about sheep.', problem: 'the reply holds no JSON object' });
    const { messages } = server.calls[0]!.body;
    expect(messages!.map(({ role }) => role)).toEqual(['system', 'user']);
    expect(messages![1]!.content).toContain('cannot be used: the reply holds no JSON object');
    expect(JSON.stringify(messages)).not.toContain('sheep');
  });
});

describe('a 400', () => {
  test.each(['unsupported field', 'invalid request', 'response_format', 'failed to parse grammar'])(
    '"%s" steps down to a looser form, which is kept',
    async (message) => {
      server.script.push({ status: 400, body: { error: { message } } });
      expect((await ask()).value).not.toBeNull();
      await ask();
      expect(server.calls.map(({ body }) => body.response_format?.type)).toEqual([
        'json_schema',
        'json_object',
        'json_object',
      ]);
    },
  );
});

test('requests without a whole reply in time are counted as such', async () => {
  server.script.push('slow');
  const slow = asking(server.url, { GPT_TIMEOUT: 0.2 });
  await expect(openaiAdviser.next({ ...slow, context: context(), repair: null })).rejects.toMatchObject({
    type: 'adviser_timeout',
  });
  expect(slow.account.total()).toMatchObject({ attempts: 1, timeOuts: 1, replies: 0 });
});

test('what is asked tells what may be answered', async () => {
  const limited = 'values of your own are possible again after 3 more trainings';
  await ask({ keys: [], limited, mayRepeat: false, mayStop: true, count: 1 });
  const prompt = server.calls[0]!.body.messages![1]!.content;
  expect(prompt).toMatch(/^Which training comes next\?/);
  expect(prompt).toContain(limited);
  expect(prompt).toContain('value the number of a candidate from 1 to 3');
  expect(prompt).toContain('action "stop"');
  expect(prompt).not.toContain('action "repeat"');
  // What the schema calls them, and their numbers, are what the table shows.
  expect(prompt).toMatch(/\| 1 \| LEARNING_RATE=8\.12346e-5 \| model \| 0\.7200 ± 0\.0200 \| 0\.670 to 0\.770 \|/);
  expect(prompt).toMatch(/\| – \| NUM_TRAIN_EPOCHS=2 \|/);
  expect(evidenceOf(run(), {}).study).toBeNull();
});
