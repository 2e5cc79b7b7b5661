/** One completion: asked in the strictest form that the server takes, and entered in the question's account. */
import { ApplicationFailure } from '@temporalio/common';
import { APIError } from 'openai';
import type {
  ChatCompletion,
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import { z } from 'zod';
import { said } from '../../domain/said.ts';
import type { Asking } from '../adviser.ts';
import { ADVISER_FAILURES, failureOf, toFailure, wasRefused } from './errors.ts';
import { ReplyTooLarge } from './boundedFetch.ts';
import { FORMATS, learntOf, mayBeTheForm, noteRefusedParameter, parameters } from './learnt.ts';
import { openaiClient, timeoutMs } from './server.ts';
import { mostTokens, usedTokens } from './tokens.ts';

export interface Wanted {
  messages: ChatCompletionMessageParam[];
  /** Names the schema for the server. */
  name: string;
  /** What a reply must be. */
  schema: z.ZodType;
  /** What the server is asked for, where that is narrower: the keys and values of this question. */
  wire?: z.ZodType;
}

/**
 * Asks until the server takes the form of the question; each refusal is learnt.
 *
 * @param longest - Tokens that the reply may have.
 * @throws ReplyTooLarge; else ApplicationFailure when there was no reply (errors.ts), or no budget for one.
 */
export async function complete(asking: Asking, wanted: Wanted, longest: number): Promise<ChatCompletion> {
  const learnt = learntOf(asking.settings);
  const began = learnt.rung;
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
      else if (isTimeOut(error)) await asking.account.timedOut();
      else if (wasRefused(error)) await asking.account.settle(null);
      if (error instanceof APIError && noteRefusedParameter(error, learnt)) continue;
      if (error instanceof APIError && mayBeTheForm(error)) {
        if (learnt.rung + 1 < FORMATS.length) {
          learnt.rung += 1;
          continue;
        }
        // Refused in every form: then it was not the form.
        learnt.rung = began;
      }
      throw error instanceof ReplyTooLarge ? error : toFailure(error);
    }
  }
}

const isTimeOut = (error: unknown): boolean =>
  error instanceof ApplicationFailure && error.type === ADVISER_FAILURES.timeout;

/** One limit for headers and body, so that a body that drips for ever is cut off, too. */
async function send(
  { settings, apiKey, ownKey, signal }: Asking,
  request: ChatCompletionCreateParamsNonStreaming,
): Promise<ChatCompletion> {
  const limit = AbortSignal.timeout(timeoutMs(settings));
  try {
    const completion = await openaiClient(settings, apiKey ?? '', ownKey).chat.completions.create(request, {
      signal: AbortSignal.any([signal, limit]),
    });
    if (completion === null || typeof completion !== 'object') throw new Error(said`the reply has no body`);
    return completion;
  } catch (error) {
    if (limit.aborted && !signal.aborted)
      throw failureOf(ADVISER_FAILURES.timeout, said`no whole reply within ${settings.GPT_TIMEOUT} s (GPT_TIMEOUT)`);
    if (error instanceof Error && error.cause instanceof ReplyTooLarge) throw error.cause;
    throw error;
  }
}

function responseFormat(
  format: (typeof FORMATS)[number],
  { name, schema, wire = schema }: Wanted,
): Pick<ChatCompletionCreateParamsNonStreaming, 'response_format'> {
  if (format === 'json_schema')
    return {
      response_format: { type: 'json_schema', json_schema: { name, strict: true, schema: wireSchema(wire) } },
    };
  return format === 'json_object' ? { response_format: { type: 'json_object' } } : {};
}

/**
 * Bounds that are checked here. llama.cpp makes huge grammars of lengths and refuses them; OpenAI's strict mode takes no
 * lengths, and from fine-tuned models no ranges; `maxItems` both take.
 */
const UNSENT = new Set(['minLength', 'maxLength', 'minItems', 'minimum', 'maximum', 'exclusiveMinimum', '$schema']);

/** The schema as servers take it: its shape, with the bounds that all of them know. */
function wireSchema(schema: z.ZodType): Record<string, unknown> {
  const strip = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(strip);
    if (node === null || typeof node !== 'object') return node;
    return Object.fromEntries(
      Object.entries(node)
        .filter(([key]) => !UNSENT.has(key))
        // Every server knows lists; some do not know single values.
        .map(([key, inner]) => (key === 'const' ? ['enum', [inner]] : [key, strip(inner)])),
    );
  };
  return strip(z.toJSONSchema(schema)) as Record<string, unknown>;
}
