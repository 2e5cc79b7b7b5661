/**
 * What was learnt of a server and model, from its refusals and replies: which form of answer it can give, which
 * parameters it refuses, how much room its replies need, how many bytes its tokens have. Kept while the worker lives.
 */
import type { ChatCompletionCreateParamsNonStreaming } from 'openai/resources/chat/completions';
import type { APIError } from 'openai';
import type { AdviserSettings } from '../../domain/contract.ts';
import { serverAddress } from './server.ts';

/** From strict to none; a server that refuses one is asked with the next. */
export const FORMATS = ['json_schema', 'json_object', 'text'] as const;

/** A reply that is cut may be asked for again with this many times GPT_MAX_OUTPUT_TOKENS. */
export const MOST_ROOM = 4;

const PARAMETERS = ['max_tokens', 'temperature', 'reasoning_effort'] as const;

export interface Learnt {
  /** Index in FORMATS. */
  rung: number;
  refused: Set<(typeof PARAMETERS)[number]>;
  /** Times GPT_MAX_OUTPUT_TOKENS. */
  room: number;
  /** The most tokens that a byte of a prompt has come to; null until a reply has told. */
  tokensPerByte: number | null;
}

const known = new Map<string, Learnt>();

export function learntOf(settings: AdviserSettings): Learnt {
  const server = `${serverAddress(settings)} ${settings.GPT_MODEL}`;
  const learnt = known.get(server) ?? { rung: 0, refused: new Set(), room: 1, tokensPerByte: null };
  known.set(server, learnt);
  return learnt;
}

/** Reasoning models take no temperature, and count their reply by another name; others know no effort. */
export function parameters(
  settings: AdviserSettings,
  { refused }: Learnt,
  longest: number,
): Partial<ChatCompletionCreateParamsNonStreaming> {
  const { GPT_REASONING_EFFORT: effort } = settings;
  return {
    ...(refused.has('temperature') ? {} : { temperature: settings.GPT_TEMPERATURE }),
    ...(refused.has('max_tokens') ? { max_completion_tokens: longest } : { max_tokens: longest }),
    ...(effort === null || refused.has('reasoning_effort') ? {} : { reasoning_effort: effort }),
  };
}

/** Whether the refusal is about a parameter that can be left out, and was not left out yet. */
export function noteRefusedParameter(error: APIError, { refused }: Learnt): boolean {
  if (error.status !== 400 && error.status !== 422) return false;
  const named = PARAMETERS.find(
    (parameter) => error.param === parameter || new RegExp(`\\b${parameter}\\b`).test(error.message),
  );
  if (!named || refused.has(named)) return false;
  refused.add(named);
  return true;
}

/**
 * Whether the refusal may be about the form of the answer. Servers say it in words of their own, so every 400 may; other
 * statuses where they name it.
 */
export function mayBeTheForm({ status, message }: APIError): boolean {
  if (status === 400 || status === 422) return true;
  if (status === 500) return /\bgrammar\b/i.test(message);
  return status === 501 && /response_format|json_schema|json_object|schema|structured/i.test(message);
}
