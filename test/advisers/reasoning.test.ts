/** Models that think, servers that take only part of what is asked, and what all that is counted as. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger } from '@temporalio/worker';
import type { Advice, AdviserSettings, Call, Consultation } from '../../src/domain/contract.ts';
import { adviserActivities } from '../../src/activities/advising.ts';
import { localAdviser } from '../../src/advisers/local/localAdviser.ts';
import { SearchModel } from '../../src/advisers/local/searchModel.ts';
import { openaiAdviser } from '../../src/advisers/openai/openaiAdviser.ts';
import type { Allowance } from '../../src/domain/usage.ts';
import { startOpenAiServer } from '../openaiServer/server.ts';
import type { OpenAiServer, ReceivedCall } from '../openaiServer/server.ts';
import { KEY, NO_LIMITS, asking, context, settings } from './context.ts';

let server: OpenAiServer;
let folder: string;
beforeEach(async () => {
  server = await startOpenAiServer({ key: KEY });
  folder = mkdtempSync(path.join(tmpdir(), 'asked-'));
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const suggest = (change: Partial<AdviserSettings> = {}, allowance: Allowance = NO_LIMITS) =>
  openaiAdviser.suggest({ ...asking(server.url, change, allowance), context: context(), repair: null });
const body = (call: ReceivedCall | undefined) => (call?.body ?? {}) as Record<string, unknown>;
const good = { key: 'LEARNING_RATE', value: 1e-4, exhausted: false, reason: { zh: '好', en: 'good' } };
const cut = {
  content: '{"key": "LEARNING',
  finish: 'length',
  usage: { prompt_tokens: 300, completion_tokens: 500 },
};

describe('a reply that was cut at its length', () => {
  test('is asked for again with twice the room, and every reply is counted', async () => {
    server.script.push(cut, cut);
    const advice = await suggest();
    expect(advice.value).toMatchObject({ key: 'LEARNING_RATE' });
    expect(server.calls.map((call) => body(call)['max_tokens'])).toEqual([500, 1000, 2000]);
    expect(advice.usage).toMatchObject({ replies: 3, attempts: 3, promptTokens: 921, completionTokens: 1054 });
    await suggest();
    // What was learnt once is not paid for again.
    expect(body(server.calls.at(-1))['max_tokens']).toBe(2000);
  });

  test('for ever is unusable in the end, and says that it was cut: no repair helps', async () => {
    server.script.push(cut, cut, cut, cut);
    const advice = await suggest();
    expect(advice).toMatchObject({ value: null, cut: true, problem: expect.stringContaining('2000 tokens') });
    expect(server.calls).toHaveLength(3);
  });

  test('is left as it is where the budget has no room for a longer one', async () => {
    server.script.push({ ...cut, usage: { prompt_tokens: 300, completion_tokens: 5000 } });
    const advice = await suggest({ GPT_MAX_OUTPUT_TOKENS: 5000 }, { tokens: 12_000, usd: null });
    expect([advice.cut, server.calls.length, advice.usage.completionTokens]).toEqual([true, 1, 5000]);
  });
});

describe('a server that takes only part of the question', () => {
  test.each<[string, number, string]>([
    ['llama.cpp', 400, 'failed to parse grammar'],
    ['an older llama.cpp', 500, 'Failed to initialize samplers: failed to parse grammar'],
  ])('%s: a grammar that cannot be made is asked for in a looser form', async (_name, status, message) => {
    server.script.push({ status, body: { error: { message } } });
    expect((await suggest()).value?.key).toBe('LEARNING_RATE');
    expect(server.calls.map(({ body: { response_format } }) => response_format?.type)).toEqual([
      'json_schema',
      'json_object',
    ]);
  });

  test('the schema that is sent has no bounds that grammars choke on; they are checked here', async () => {
    await suggest();
    const sent = JSON.stringify(body(server.calls[0])['response_format']);
    expect(sent).toContain('"additionalProperties":false');
    expect(sent).not.toMatch(/maxLength|minLength|maxItems|\$schema/);
    server.script.push({ content: JSON.stringify({ ...good, reason: { zh: '好', en: 'x'.repeat(2001) } }) });
    expect((await suggest()).problem).toContain('reason.en');
  });

  test('an effort is sent where it is set, and left out where it is refused', async () => {
    await suggest();
    server.script.push({
      status: 400,
      body: { error: { message: "Unsupported parameter: 'reasoning_effort'", param: 'reasoning_effort' } },
    });
    await suggest({ GPT_REASONING_EFFORT: 'low' });
    await suggest({ GPT_REASONING_EFFORT: 'low' });
    expect(server.calls.map((call) => body(call)['reasoning_effort'])).toEqual([
      undefined,
      'low',
      undefined,
      undefined,
    ]);
  });
});

test('a draft among the thoughts does not beat the answer, nor does an example before it', async () => {
  const draft = JSON.stringify({ ...good, value: 3e-4 });
  server.script.push(
    { content: `<think>I might say ${draft}, no.</think>\n${JSON.stringify(good)}` },
    { content: `Instead of ${draft} I answer ${JSON.stringify(good)}` },
  );
  expect([(await suggest()).value?.value, (await suggest()).value?.value]).toEqual([1e-4, 1e-4]);
});

describe('caps', () => {
  test('are reserved before the question: one that might pass them is not sent', async () => {
    await expect(suggest({}, { tokens: 1000, usd: null })).rejects.toMatchObject({
      type: 'adviser_budget',
      nonRetryable: true,
      message: expect.stringContaining('MAX_TOKENS leaves 1000 tokens'),
    });
    const prices = { GPT_PRICE_INPUT: 1, GPT_PRICE_OUTPUT: 1000 };
    await expect(suggest(prices, { tokens: null, usd: 0.4 })).rejects.toThrow('MAX_COST_USD leaves 0.4000');
    expect(server.calls).toHaveLength(0);
    expect((await suggest(prices, { tokens: 10_000, usd: 0.6 })).value).not.toBeNull();
  });

  test('of a server that counts its tokens need less reserve for the next question', async () => {
    await expect(suggest({}, { tokens: 3000, usd: null })).rejects.toThrow('MAX_TOKENS');
    await suggest();
    expect((await suggest({}, { tokens: 3000, usd: null })).value).not.toBeNull();
  });
});

describe('the activities', () => {
  const optimiser = new SearchModel();
  afterEach(() => optimiser.dispose());
  const activities = (key: string | null = KEY) =>
    adviserActivities({ openai: openaiAdviser, local: localAdviser(optimiser) }, async () => key);
  const call = (change: Partial<AdviserSettings> = {}): Call => ({
    run: 'r',
    outputRoot: folder,
    callId: 'probe',
    settings: { ...settings(server.url), ...change },
    access: null,
    budget: NO_LIMITS,
  });
  const consultation = (change: Partial<AdviserSettings> = {}): Consultation => ({
    ...call(change),
    callId: 'suggest-LEARNING_RATE-1',
    adviser: 'openai',
    context: context(),
    repair: null,
  });
  const attempt = (number: number) =>
    new MockActivityEnvironment({ attempt: number }, { logger: new DefaultLogger('ERROR') });

  test('every attempt is counted, also those without a reply: at the most that they can have used', async () => {
    server.script.push('slow', 'reset', { status: 500 });
    const { adviseValue } = activities();
    const request = consultation({ GPT_TIMEOUT: 1 });
    const failures: ApplicationFailure[] = [];
    for (const number of [1, 2, 3])
      failures.push(
        await attempt(number)
          .run(adviseValue, request)
          .then(
            () => Promise.reject(new Error('it was answered')),
            (error: unknown) => error as ApplicationFailure,
          ),
      );
    expect(failures.map(({ type }) => type)).toEqual(['adviser_timeout', 'adviser_unavailable', 'adviser_unavailable']);
    const { usage } = failures[2]!.details![0] as { usage: Record<string, number> };
    // Two may have been paid for; the server that answered 500 made no reply.
    expect(usage).toMatchObject({ attempts: 3, replies: 0, completionTokens: 2 * 500 });
    expect(usage['assumedTokens']).toBe(usage['promptTokens']! + 1000);
    const advice = (await attempt(4).run(adviseValue, request)) as Advice<unknown>;
    expect(advice.usage).toMatchObject({
      attempts: 4,
      replies: 1,
      completionTokens: 1054,
      assumedTokens: usage['assumedTokens'],
    });
    const file = path.join(folder, 'r', 'adviser', 'suggest-LEARNING_RATE-1.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ asked: 4, advice: { usage: { attempts: 4 } } });
  }, 20_000);

  test('a time-out is asked again once, not four times', async () => {
    server.script.push('slow', 'slow');
    const { adviseValue } = activities();
    const request = consultation({ GPT_TIMEOUT: 1 });
    await expect(attempt(1).run(adviseValue, request)).rejects.toMatchObject({ nonRetryable: false });
    await expect(attempt(2).run(adviseValue, request)).rejects.toMatchObject({
      type: 'adviser_timeout',
      nonRetryable: true,
    });
  }, 20_000);

  test('the probe makes sure that the model answers, pays once, and is counted', async () => {
    const { probeAdviser } = activities();
    const probed = await attempt(1).run(probeAdviser, call());
    expect(probed).toMatchObject({ kind: 'openai', model: 'test-model', usage: { replies: 1, promptTokens: 321 } });
    expect(await attempt(2).run(probeAdviser, call())).toEqual(probed);
    expect(server.probes).toHaveLength(1);
  });

  test('the probe finds a name that the server does not know', async () => {
    server.probeScript.push({ status: 404, body: { error: { message: 'The model `gtp-4` does not exist' } } });
    await expect(attempt(1).run(activities().probeAdviser, call({ GPT_MODEL: 'gtp-4' }))).rejects.toMatchObject({
      type: 'adviser_not_found',
      nonRetryable: true,
      message: expect.stringContaining('check GPT_MODEL'),
    });
  });

  test('the probe finds a model that answers something else, twice', async () => {
    server.probeScript.push({ content: 'Hello!' }, { content: 'How can I help?' });
    await expect(attempt(1).run(activities().probeAdviser, call())).rejects.toMatchObject({
      type: 'adviser_unusable',
      message: expect.stringContaining('the reply holds no JSON object'),
      details: [{ usage: expect.objectContaining({ replies: 2 }) }],
    });
  });

  test('the probe teaches the form that the server takes to the questions that follow', async () => {
    server.probeScript.push({ status: 400, body: { error: { message: 'failed to parse grammar' } } });
    await attempt(1).run(activities().probeAdviser, call());
    await attempt(1).run(activities().adviseValue, consultation());
    expect(server.calls.map(({ body: { response_format } }) => response_format?.type)).toEqual(['json_object']);
  });

  test('a key that is gone is told as that, and nothing is sent', async () => {
    await expect(attempt(1).run(activities(null).adviseValue, consultation())).rejects.toMatchObject({
      type: 'adviser_auth',
      message: expect.stringContaining('is gone from this machine'),
    });
    expect(server.calls).toHaveLength(0);
  });
});
