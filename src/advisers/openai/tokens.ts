/** Counting tokens: what a request can use at most, and what a reply came to. */
import type { ChatCompletion, ChatCompletionCreateParamsNonStreaming } from 'openai/resources/chat/completions';
import type { TokenCount } from '../../domain/usage.ts';
import type { Learnt } from './learnt.ts';

/** Prompts of one run are much alike; the margin is for those that are not. */
const MARGIN = 1.25;

const bytesOf = ({ messages, response_format: format }: ChatCompletionCreateParamsNonStreaming): number =>
  Buffer.byteLength(JSON.stringify([messages, format ?? null]));

/** The most that a request can use: no token has less than a byte, and what a server counted before tells more. */
export function mostTokens(
  request: ChatCompletionCreateParamsNonStreaming,
  longest: number,
  { tokensPerByte }: Learnt,
): TokenCount {
  const share = tokensPerByte === null ? 1 : Math.min(1, tokensPerByte * MARGIN);
  return { promptTokens: Math.ceil(bytesOf(request) * share), completionTokens: longest };
}

/** What a reply came to: as the server counted it, else about four characters a token. */
export function usedTokens(
  request: ChatCompletionCreateParamsNonStreaming,
  completion: ChatCompletion,
  learnt: Learnt,
): TokenCount {
  const { prompt_tokens: prompt, completion_tokens: reply } = completion.usage ?? {};
  const isCount = (count: unknown): count is number => Number.isSafeInteger(count) && (count as number) >= 0;
  if (isCount(prompt) && isCount(reply)) {
    learnt.tokensPerByte = Math.max(learnt.tokensPerByte ?? 0, prompt / bytesOf(request));
    return { promptTokens: prompt, completionTokens: reply };
  }
  return {
    promptTokens: Math.ceil(bytesOf(request) / 4),
    completionTokens: Math.ceil((completion.choices?.[0]?.message?.content ?? '').length / 4),
  };
}
