/** One chat completion with structured output, on any OpenAI-compatible server. */
import OpenAI, { APIError } from 'openai';
import type {
  ChatCompletion,
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import { z } from 'zod';
import type { Advice, AdviserSettings } from '../../activities/contract.ts';
import type { CallUsage } from '../../domain/usage.ts';
import { ReplyTooLarge, boundedFetch } from './boundedFetch.ts';
import { toFailure } from './errors.ts';
import { findJsonObject } from './findJson.ts';

const LONGEST_RAW = 2000;

/**
 * From strict to none; a server that refuses one is asked with the next, and the one that worked is kept for its next
 * call.
 */
const FORMATS = ['json_schema', 'json_object', 'text'] as const;
const working = new Map<string, number>();

export function serverAddress(settings: AdviserSettings): string {
  return settings.GPT_BASE_URL ?? process.env['OPENAI_BASE_URL'] ?? 'https://api.openai.com/v1';
}

const timeoutMs = ({ GPT_TIMEOUT }: AdviserSettings): number => GPT_TIMEOUT * 1000;

/** @throws Error when OPENAI_API_KEY is not set. */
export function openaiClient(settings: AdviserSettings): OpenAI {
  const apiKey = process.env['OPENAI_API_KEY'];
  if (!apiKey) throw new Error('OPENAI_API_KEY is not set: run `npm run setup-api-key`');
  // Temporal retries, so that every attempt is seen and counted.
  return new OpenAI({
    apiKey,
    baseURL: serverAddress(settings),
    maxRetries: 0,
    timeout: timeoutMs(settings),
    fetch: boundedFetch,
    logLevel: 'off',
  });
}

/**
 * Asks once and reads the answer against a schema.
 *
 * @param name - Names the schema for the server.
 * @throws ApplicationFailure when there was no reply (errors.ts); a reply that cannot be used is an answer with
 *   `problem`.
 */
export async function ask<Reply>(
  settings: AdviserSettings,
  messages: ChatCompletionMessageParam[],
  name: string,
  schema: z.ZodType<Reply>,
  signal: AbortSignal,
): Promise<Advice<Reply>> {
  let completion: ChatCompletion;
  // The SDK's own limit ends with the headers; a body that drips for ever is cut off by this one.
  const limit = AbortSignal.timeout(timeoutMs(settings));
  try {
    completion = await complete(settings, messages, name, schema, AbortSignal.any([signal, limit]));
  } catch (error) {
    if (limit.aborted && !signal.aborted)
      throw toFailure(new Error(`no whole reply within ${timeoutMs(settings) / 1000} s (GPT_TIMEOUT)`));
    if (error instanceof ReplyTooLarge || (error instanceof Error && error.cause instanceof ReplyTooLarge))
      return unusable(settings.GPT_MODEL, '', 'the reply is far too long', estimate(messages, ''));
    throw toFailure(error);
  }
  const choice = completion.choices?.[0];
  const content = choice?.message?.content ?? '';
  const usage = usageOf(completion, messages, content);
  const model = typeof completion.model === 'string' ? completion.model.slice(0, 100) : settings.GPT_MODEL;
  if (!choice) return unusable(model, '', 'the reply holds no answer', usage);
  if (choice.message.refusal)
    return unusable(model, choice.message.refusal, `the model refused: ${choice.message.refusal.slice(0, 200)}`, usage);
  const found = findJsonObject(content);
  if (found === undefined) {
    const why =
      choice.finish_reason === 'length'
        ? 'the reply was cut off at its longest allowed length'
        : content
          ? 'the reply holds no JSON object'
          : 'the reply is empty';
    return unusable(model, content, why, usage);
  }
  const parsed = schema.safeParse(found);
  if (!parsed.success)
    return unusable(
      model,
      content,
      parsed.error.issues
        .slice(0, 5)
        .map((issue) => `${issue.path.join('.') || 'reply'}: ${issue.message}`)
        .join('; '),
      usage,
    );
  return { value: parsed.data, problem: null, raw: content.slice(0, LONGEST_RAW), model, usage };
}

async function complete(
  settings: AdviserSettings,
  messages: ChatCompletionMessageParam[],
  name: string,
  schema: z.ZodType,
  signal: AbortSignal,
): Promise<ChatCompletion> {
  const client = openaiClient(settings);
  const server = `${serverAddress(settings)} ${settings.GPT_MODEL}`;
  for (let rung = working.get(server) ?? 0; ; rung += 1) {
    const request: ChatCompletionCreateParamsNonStreaming = {
      model: settings.GPT_MODEL,
      messages,
      ...sampling(settings, server),
      ...responseFormat(FORMATS[rung]!, name, schema),
    };
    try {
      const completion = await client.chat.completions.create(request, { signal });
      if (completion === null || typeof completion !== 'object') throw new Error('the reply has no body');
      working.set(server, rung);
      return completion;
    } catch (error) {
      if (!(error instanceof APIError)) throw error;
      if (noteRefusedParameter(error, server)) rung -= 1;
      else if (!isFormatRefused(error) || rung + 1 >= FORMATS.length) throw error;
    }
  }
}

/**
 * Reasoning models take no temperature, and count their reply by another name; each is learnt from the server's
 * refusal.
 */
const refusedParameters = new Map<string, Set<'temperature' | 'max_tokens'>>();

function sampling(settings: AdviserSettings, server: string): Partial<ChatCompletionCreateParamsNonStreaming> {
  const refused = refusedParameters.get(server);
  return {
    ...(refused?.has('temperature') ? {} : { temperature: settings.GPT_TEMPERATURE }),
    ...(refused?.has('max_tokens')
      ? { max_completion_tokens: settings.GPT_MAX_OUTPUT_TOKENS }
      : { max_tokens: settings.GPT_MAX_OUTPUT_TOKENS }),
  };
}

/** Whether the refusal is about a parameter that can be left out, and was not left out yet. */
function noteRefusedParameter(error: APIError, server: string): boolean {
  const named =
    error.status === 400
      ? (['max_tokens', 'temperature'] as const).find(
          (parameter) => error.param === parameter || error.message.includes(`'${parameter}'`),
        )
      : undefined;
  const refused = refusedParameters.get(server) ?? new Set();
  if (!named || refused.has(named)) return false;
  refusedParameters.set(server, refused.add(named));
  return true;
}

function isFormatRefused(error: APIError): boolean {
  return (
    (error.status === 400 || error.status === 422 || error.status === 501) &&
    /response_format|json_schema|json_object|schema|structured/i.test(error.message)
  );
}

function responseFormat(
  format: (typeof FORMATS)[number],
  name: string,
  schema: z.ZodType,
): Pick<ChatCompletionCreateParamsNonStreaming, 'response_format'> {
  if (format === 'json_schema')
    return {
      response_format: {
        type: 'json_schema',
        json_schema: { name, strict: true, schema: z.toJSONSchema(schema) as Record<string, unknown> },
      },
    };
  return format === 'json_object' ? { response_format: { type: 'json_object' } } : {};
}

function unusable<Reply>(model: string, raw: string, problem: string, usage: CallUsage): Advice<Reply> {
  return { value: null, problem, raw: raw.slice(0, LONGEST_RAW), model, usage };
}

function usageOf(completion: ChatCompletion, messages: ChatCompletionMessageParam[], content: string): CallUsage {
  const { prompt_tokens: promptTokens, completion_tokens: completionTokens } = completion.usage ?? {};
  const counted =
    Number.isSafeInteger(promptTokens) &&
    Number.isSafeInteger(completionTokens) &&
    promptTokens! >= 0 &&
    completionTokens! >= 0;
  return counted ? { promptTokens: promptTokens!, completionTokens: completionTokens! } : estimate(messages, content);
}

/** For servers that do not count: about four characters a token. */
function estimate(messages: ChatCompletionMessageParam[], content: string): CallUsage {
  return {
    promptTokens: Math.ceil(JSON.stringify(messages).length / 4),
    completionTokens: Math.ceil(content.length / 4),
  };
}
