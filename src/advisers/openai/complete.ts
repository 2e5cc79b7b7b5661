/** One completion: asked in the strictest form that the server takes, and entered in the question's account. */
import { APIError } from 'openai';
import type {
  ChatCompletion,
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import { z } from 'zod';
import type { Asking } from '../adviser.ts';
import { ADVISER_FAILURES, failureOf, toFailure, wasRefused } from './errors.ts';
import { ReplyTooLarge } from './boundedFetch.ts';
import { FORMATS, isFormatRefused, learntOf, noteRefusedParameter, parameters } from './learnt.ts';
import { openaiClient, timeoutMs } from './server.ts';
import { mostTokens, usedTokens } from './tokens.ts';

export interface Wanted {
  messages: ChatCompletionMessageParam[];
  /** Names the schema for the server. */
  name: string;
  schema: z.ZodType;
}

/**
 * Asks until the server takes the form of the question; each refusal is learnt.
 *
 * @param longest - Tokens that the reply may have.
 * @throws ReplyTooLarge; else ApplicationFailure when there was no reply (errors.ts), or no budget for one.
 */
export async function complete(asking: Asking, wanted: Wanted, longest: number): Promise<ChatCompletion> {
  const learnt = learntOf(asking.settings);
  for (;;) {
    const request: ChatCompletionCreateParamsNonStreaming = {
      model: asking.settings.GPT_MODEL,
      messages: wanted.messages,
      ...parameters(asking.settings, learnt, longest),
      ...responseFormat(FORMATS[learnt.rung]!, wanted),
    };
    await asking.account.reserve(mostTokens(request, longest, learnt));
    try {
      const completion = await send(asking, request);
      await asking.account.settle(usedTokens(request, completion, learnt));
      return completion;
    } catch (error) {
      if (error instanceof ReplyTooLarge) await asking.account.settle(mostTokens(request, longest, learnt));
      else if (wasRefused(error)) await asking.account.settle(null);
      if (error instanceof APIError && noteRefusedParameter(error, learnt)) continue;
      if (error instanceof APIError && isFormatRefused(error) && learnt.rung + 1 < FORMATS.length) learnt.rung += 1;
      else throw error instanceof ReplyTooLarge ? error : toFailure(error);
    }
  }
}

/** The SDK's own limit ends with the headers; a body that drips for ever is cut off by this one. */
async function send(
  { settings, apiKey, ownKey, signal }: Asking,
  request: ChatCompletionCreateParamsNonStreaming,
): Promise<ChatCompletion> {
  const limit = AbortSignal.timeout(timeoutMs(settings));
  try {
    const completion = await openaiClient(settings, apiKey ?? '', ownKey).chat.completions.create(request, {
      signal: AbortSignal.any([signal, limit]),
    });
    if (completion === null || typeof completion !== 'object') throw new Error('the reply has no body');
    return completion;
  } catch (error) {
    if (limit.aborted && !signal.aborted)
      throw failureOf(ADVISER_FAILURES.timeout, `no whole reply within ${settings.GPT_TIMEOUT} s (GPT_TIMEOUT)`);
    if (error instanceof Error && error.cause instanceof ReplyTooLarge) throw error.cause;
    throw error;
  }
}

function responseFormat(
  format: (typeof FORMATS)[number],
  { name, schema }: Wanted,
): Pick<ChatCompletionCreateParamsNonStreaming, 'response_format'> {
  if (format === 'json_schema')
    return {
      response_format: { type: 'json_schema', json_schema: { name, strict: true, schema: wireSchema(schema) } },
    };
  return format === 'json_object' ? { response_format: { type: 'json_object' } } : {};
}

/** Bounds that are checked here, and that servers refuse or make huge grammars of. */
const UNSENT = new Set(['minLength', 'maxLength', 'minItems', 'maxItems', '$schema']);

/** The schema as servers take it: its shape, without the bounds. */
export function wireSchema(schema: z.ZodType): Record<string, unknown> {
  const strip = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(strip);
    if (node === null || typeof node !== 'object') return node;
    return Object.fromEntries(
      Object.entries(node).flatMap(([key, inner]) => (UNSENT.has(key) ? [] : [[key, strip(inner)] as const])),
    );
  };
  return strip(z.toJSONSchema(schema)) as Record<string, unknown>;
}
