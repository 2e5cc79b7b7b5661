import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import type { Asking } from '../../src/advisers/adviser.ts';
import { openaiAdviser } from '../../src/advisers/openai/openaiAdviser.ts';
import { retryAfter } from '../../src/advisers/openai/errors.ts';
import { findJsonObject } from '../../src/advisers/openai/findJson.ts';
import { startOpenAiServer } from '../openaiServer/server.ts';
import type { Answer, OpenAiServer } from '../openaiServer/server.ts';
import { KEY, asking, context } from './context.ts';

let server: OpenAiServer;
beforeEach(async () => {
  server = await startOpenAiServer({ key: KEY });
});
afterEach(async () => {
  await server.close();
});

const never = new AbortController().signal;
const suggest = (signal = never, change: Partial<Asking> = {}) =>
  openaiAdviser.suggest({ ...asking(server.url), context: context(), repair: null, signal, ...change });

async function failure(answer: Answer): Promise<ApplicationFailure> {
  server.script.push(answer);
  const error = await suggest().then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ApplicationFailure);
  expect((error as Error).message).not.toContain(KEY);
  return error as ApplicationFailure;
}

describe('a good answer', () => {
  test('comes back checked, with the tokens that the server counted', async () => {
    const advice = await suggest();
    expect(advice).toMatchObject({
      problem: null,
      model: 'test-model',
      usage: { promptTokens: 321, completionTokens: 54 },
      value: { key: 'LEARNING_RATE', value: 0.0001 },
    });
    expect(server.calls[0]!.body.response_format?.type).toBe('json_schema');
  });

  test('is found in prose and in a code fence', async () => {
    server.script.push({
      content:
        'Sure! Here {it} is:\n```json\n{"key": "LEARNING_RATE", "value": 1e-4, "exhausted": false, "reason": {"zh": "好", "en": "good {brace}"}}\n```',
    });
    expect((await suggest()).value?.value).toBe(1e-4);
  });

  test('is counted by its length where the server does not count', async () => {
    server.script.push({
      content: '{"key": "LEARNING_RATE", "value": 1e-4, "exhausted": false, "reason": {"zh": "好", "en": "good"}}',
      usage: null,
    });
    expect((await suggest()).usage.completionTokens).toBeGreaterThan(10);
  });

  test('the repair turn tells what was wrong below the question, and does not show the broken reply', async () => {
    await openaiAdviser.suggest({
      ...asking(server.url),
      context: context(),
      repair: { reply: 'SEED = 7', problem: 'SEED is protected' },
    });
    const messages = server.calls[0]!.body.messages!;
    expect(messages.map(({ role }) => role)).toEqual(['system', 'user']);
    expect(messages[1]!.content).toMatch(/^Parameter in hand: LEARNING_RATE[\s\S]*SEED is protected/);
    expect(messages[1]!.content).not.toContain('SEED = 7');
  });

  test('a server without structured output is asked with less, and the rung that works is kept', async () => {
    const refused: Answer = {
      status: 400,
      body: { error: { message: "'response_format' of type json_schema is not supported" } },
    };
    server.script.push(refused, refused);
    expect((await suggest()).value?.key).toBe('LEARNING_RATE');
    await suggest();
    expect(server.calls.map(({ body }) => body.response_format?.type)).toEqual([
      'json_schema',
      'json_object',
      undefined,
      undefined,
    ]);
  });
});

test('a model that takes no temperature and counts its reply by another name is asked its way', async () => {
  server.script.push(
    {
      status: 400,
      body: {
        error: {
          message:
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
          param: 'max_tokens',
        },
      },
    },
    {
      status: 400,
      body: {
        error: {
          message: "Unsupported value: 'temperature' does not support 0 with this model.",
          param: 'temperature',
        },
      },
    },
  );
  expect((await suggest()).value?.key).toBe('LEARNING_RATE');
  const { body } = server.calls.at(-1)! as { body: Record<string, unknown> };
  expect([body['temperature'], body['max_tokens'], body['max_completion_tokens']]).toEqual([undefined, undefined, 500]);
});

describe('a reply that cannot be used is an answer with its problem, since it was paid for', () => {
  test.each<[string, Answer, RegExp]>([
    ['empty content', { content: '' }, /empty/],
    ['no JSON', { content: 'I would try a smaller one.' }, /no JSON/],
    ['wrong types', { content: '{"key": 3, "value": [], "exhausted": "no", "reason": "because"}' }, /key: /],
    [
      'NaN',
      { content: '{"key": "LEARNING_RATE", "value": NaN, "exhausted": false, "reason": {"zh": "好", "en": "good"}}' },
      /no JSON/,
    ],
    [
      '1e400',
      { content: '{"key": "LEARNING_RATE", "value": 1e400, "exhausted": false, "reason": {"zh": "好", "en": "good"}}' },
      /no JSON/,
    ],
    [
      'a reason in one language',
      { content: '{"key": "LEARNING_RATE", "value": 1e-4, "exhausted": false, "reason": {"en": "good"}}' },
      /reason\.zh/,
    ],
    ['ten megabytes', 'huge', /too long/],
    ['no choice', { raw: '{"id": "x", "choices": []}' }, /no answer/],
  ])('%s', async (_name, answer, problem) => {
    server.script.push(answer);
    const advice = await suggest();
    expect(advice.value).toBeNull();
    expect(advice.problem).toMatch(problem);
    expect(advice.raw.length).toBeLessThanOrEqual(2000);
  });
});

describe('no reply is a typed failure that never holds the key', () => {
  test.each<[string, Answer, string, boolean]>([
    ['403', { status: 403, body: { error: { message: `forbidden for ${KEY}` } } }, 'adviser_auth', true],
    ['404', { status: 404 }, 'adviser_not_found', true],
    ['quota', { status: 429, body: { error: { message: 'pay', code: 'insufficient_quota' } } }, 'adviser_quota', true],
    ['429', { status: 429 }, 'adviser_rate_limit', false],
    ['500', { status: 500 }, 'adviser_unavailable', false],
    ['a broken connection', 'reset', 'adviser_unavailable', false],
    ['half a body', 'half', 'adviser_unavailable', false],
    ['no body', 'empty', 'adviser_unavailable', false],
  ])('%s', async (_name, answer, type, nonRetryable) => {
    expect(await failure(answer)).toMatchObject({ type, nonRetryable });
    expect(server.calls).toHaveLength(1);
  });

  test('400 in every form of the question', async () => {
    server.script.push({ status: 400 }, { status: 400 });
    expect(await failure({ status: 400 })).toMatchObject({ type: 'adviser_bad_request', nonRetryable: true });
    expect(server.calls.map(({ body }) => body.response_format?.type)).toEqual([
      'json_schema',
      'json_object',
      undefined,
    ]);
    // It was not the form, then: the next question is asked in the strict one.
    await suggest();
    expect(server.calls.at(-1)!.body.response_format?.type).toBe('json_schema');
  });

  test('a refused key', async () => {
    const wrong = { ...asking(server.url), apiKey: 'sk-another-canary-987654321' };
    const error = await suggest(never, wrong).catch((thrown: unknown) => thrown as ApplicationFailure);
    expect(error).toMatchObject({ type: 'adviser_auth', nonRetryable: true });
    expect(JSON.stringify(error)).not.toContain('sk-another-canary');
    expect((error as Error).message).toContain('[secret]');
    await expect(openaiAdviser.check(wrong)).rejects.toMatchObject({ type: 'adviser_auth' });
  });

  test('Retry-After is obeyed', async () => {
    expect((await failure({ status: 429, headers: { 'retry-after': '7' } })).nextRetryDelay).toBe(7000);
    expect(retryAfter('Thu, 01 Jan 1970 00:01:00 GMT', 0)).toBe(60_000);
    expect(retryAfter('999999', 0)).toBe(600_000);
    expect(retryAfter('soon', 0)).toBeNull();
  });

  test('endless slow bytes end with the cancellation', async () => {
    server.script.push('slow');
    const signal = AbortSignal.timeout(300);
    await expect(suggest(signal)).rejects.toMatchObject({ type: 'adviser_unavailable' });
  });

  test('endless slow bytes end with GPT_TIMEOUT, and may be asked again', async () => {
    server.script.push('slow');
    const question = asking(server.url, { GPT_TIMEOUT: 1 });
    await expect(suggest(never, question)).rejects.toMatchObject({
      type: 'adviser_timeout',
      nonRetryable: false,
      message: expect.stringContaining('no whole reply within 1 s (GPT_TIMEOUT)'),
    });
  });

  test('a server that is not there', async () => {
    const gone = await startOpenAiServer();
    await gone.close();
    await expect(suggest(never, asking(gone.url))).rejects.toMatchObject({
      type: 'adviser_unavailable',
      nonRetryable: false,
    });
  });
});

test.each<[string, unknown]>([
  ['{"a": 1}', { a: 1 }],
  ['x {"a": "}"} y', { a: '}' }],
  ['{broken {"a": {"b": 2}}', { a: { b: 2 } }],
  ['none', undefined],
  ['{"a": 1e400}', undefined],
  ['{'.repeat(5000), undefined],
  ['<think>Maybe {"a": 1}?</think>{"a": 2}', { a: 2 }],
  ['Maybe {"a": 1}?</think>{"a": 2}', { a: 2 }],
  ['<think>Maybe {"a": 1}? No, wait', undefined],
])('the JSON in %j is found or not', (given, expected) => {
  expect(findJsonObject(given)).toEqual(expected);
});
