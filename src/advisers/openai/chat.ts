/** One question with structured output, on any OpenAI-compatible server. */
import type { ChatCompletion } from 'openai/resources/chat/completions';
import type { z } from 'zod';
import type { Advice } from '../../domain/contract.ts';
import { said } from '../../domain/said.ts';
import { ApplicationFailure } from '@temporalio/common';
import { BUDGET_FAILURE } from '../account.ts';
import type { Asking } from '../adviser.ts';
import { ReplyTooLarge } from './boundedFetch.ts';
import { complete } from './complete.ts';
import type { Wanted } from './complete.ts';
import { findJsonObject } from './findJson.ts';
import { MOST_ROOM, learntOf } from './learnt.ts';

const LONGEST_RAW = 2000;

type Read<Reply> = { value: Reply } | { problem: string; raw: string; cut: boolean };

/**
 * Asks and reads the answer against a schema. A reply that was cut at its length is asked for again with twice the room,
 * up to MOST_ROOM times GPT_MAX_OUTPUT_TOKENS, as far as the budget goes: reasoning takes room before the answer begins.
 *
 * @throws ApplicationFailure when there was no reply (errors.ts); a reply that cannot be used is an answer with
 *   `problem`.
 */
export async function ask<Reply>(
  asking: Asking,
  wanted: Wanted & { schema: z.ZodType<Reply> },
): Promise<Advice<Reply>> {
  const { account, settings } = asking;
  const learnt = learntOf(settings);
  const longest = () => settings.GPT_MAX_OUTPUT_TOKENS * learnt.room;
  let cutOff: Advice<Reply> | null = null;
  for (;;) {
    let completion: ChatCompletion;
    try {
      completion = await complete(asking, wanted, longest());
    } catch (error) {
      if (cutOff && error instanceof ApplicationFailure && error.type === BUDGET_FAILURE) {
        learnt.room /= 2;
        return cutOff;
      }
      if (!(error instanceof ReplyTooLarge)) throw error;
      const { GPT_MODEL: model } = settings;
      return { value: null, problem: said`the reply is far too long`, raw: '', model, usage: account.total() };
    }
    const read = readReply(completion, wanted.schema, longest());
    const model = typeof completion.model === 'string' ? completion.model.slice(0, 100) : settings.GPT_MODEL;
    if ('value' in read) {
      const raw = (completion.choices[0]?.message.content ?? '').slice(0, LONGEST_RAW);
      return { value: read.value, problem: null, raw, model, usage: account.total() };
    }
    const { problem, cut } = read;
    const raw = read.raw.slice(0, LONGEST_RAW);
    const unusable = { value: null, problem, raw, model, ...(cut ? { cut } : {}), usage: account.total() };
    if (!cut || learnt.room >= MOST_ROOM) return unusable;
    learnt.room *= 2;
    cutOff = unusable;
  }
}

function readReply<Reply>(completion: ChatCompletion, schema: z.ZodType<Reply>, longest: number): Read<Reply> {
  const choice = completion.choices?.[0];
  if (!choice) return { problem: said`the reply holds no answer`, raw: '', cut: false };
  const content = choice.message?.content ?? '';
  const { refusal } = choice.message ?? {};
  if (refusal) return { problem: said`the model refused: ${refusal.slice(0, 200)}`, raw: refusal, cut: false };
  const found = findJsonObject(content, (candidate) => schema.safeParse(candidate).success);
  const parsed = schema.safeParse(found);
  if (parsed.success) return { value: parsed.data };
  if (choice.finish_reason === 'length')
    return {
      problem: said`the reply was cut off at its longest allowed length (${longest} tokens)`,
      raw: content,
      cut: true,
    };
  if (found === undefined)
    return {
      problem: content ? said`the reply holds no JSON object` : said`the reply is empty`,
      raw: content,
      cut: false,
    };
  const problem = parsed.error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join('.') || 'reply'}: ${issue.message}`)
    .join('; ');
  return { problem, raw: content, cut: false };
}
