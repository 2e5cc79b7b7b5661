/** What a run has used: adviser calls, tokens, money and training seconds; and whether the next step still fits. */
import type { AgentSettings } from './agentSettings.ts';
import { said } from './said.ts';

export interface TokenCount {
  promptTokens: number;
  completionTokens: number;
}

/**
 * Usage of one question, all its attempts together. Fields that can be missing came after 0.2.0, which counted one
 * reply a question.
 */
export interface CallUsage extends TokenCount {
  /** Replies that came. */
  replies?: number;
  /** Requests that were sent, refused and unanswered ones included. */
  attempts?: number;
  /** Tokens in the counts above that nobody confirmed: the most that attempts without a reply can have used. */
  assumedTokens?: number;
  /** Requests that brought no whole reply within GPT_TIMEOUT; since 0.4.0. */
  timeOuts?: number;
}

/** `trainSeconds`: wall seconds of the training process; `costUsd` is null while prices are unknown. */
export interface Usage {
  /** Replies of the adviser's server. */
  calls: number;
  /** Requests to it, answered or not. */
  attempts: number;
  promptTokens: number;
  completionTokens: number;
  /** Tokens in the two counts above that are assumed for attempts without a reply. */
  assumedTokens: number;
  /** Requests that brought no whole reply in time, and seconds that the run waited for the model; counted since 0.4.0. */
  timeOuts: number;
  adviserSeconds: number;
  costUsd: number | null;
  trainSeconds: number;
}

type Prices = Pick<AgentSettings, 'GPT_PRICE_INPUT' | 'GPT_PRICE_OUTPUT'>;
type Limits = Prices & Pick<AgentSettings, 'MAX_TOKENS' | 'MAX_COST_USD' | 'MAX_TRAIN_SECONDS' | 'MAX_TRIAL_SECONDS'>;

export const NO_USAGE: Usage = {
  calls: 0,
  attempts: 0,
  promptTokens: 0,
  completionTokens: 0,
  assumedTokens: 0,
  timeOuts: 0,
  adviserSeconds: 0,
  costUsd: null,
  trainSeconds: 0,
};

/** US dollars of a call, or null when a price is not known. */
export function costOf(call: TokenCount, prices: Prices): number | null {
  if (prices.GPT_PRICE_INPUT === null || prices.GPT_PRICE_OUTPUT === null) return null;
  return (call.promptTokens * prices.GPT_PRICE_INPUT + call.completionTokens * prices.GPT_PRICE_OUTPUT) / 1e6;
}

export function addCall(usage: Usage, call: CallUsage, prices: Prices): Usage {
  const cost = costOf(call, prices);
  return {
    ...usage,
    calls: usage.calls + (call.replies ?? 1),
    attempts: usage.attempts + (call.attempts ?? 1),
    promptTokens: usage.promptTokens + call.promptTokens,
    completionTokens: usage.completionTokens + call.completionTokens,
    assumedTokens: usage.assumedTokens + (call.assumedTokens ?? 0),
    timeOuts: usage.timeOuts + (call.timeOuts ?? 0),
    costUsd: cost === null ? usage.costUsd : (usage.costUsd ?? 0) + cost,
  };
}

/** What the adviser may still use; null = no limit. */
export interface Allowance {
  tokens: number | null;
  usd: number | null;
}

/** What is left for the next question. A cost that is unknown counts as none: MAX_COST_USD asks for prices. */
export function adviserAllowance(usage: Usage, limits: Limits): Allowance {
  const { MAX_TOKENS, MAX_COST_USD } = limits;
  return {
    tokens: MAX_TOKENS === null ? null : Math.max(0, MAX_TOKENS - usage.promptTokens - usage.completionTokens),
    usd: MAX_COST_USD === null ? null : Math.max(0, MAX_COST_USD - (usage.costUsd ?? 0)),
  };
}

/**
 * Why a request must not be sent, or null. Judged with the most that it can use, so that no limit is ever passed.
 *
 * @param used - What the question has used already.
 */
export function refuseReservation(
  most: TokenCount,
  used: TokenCount,
  allowance: Allowance,
  prices: Prices,
): string | null {
  const whole = {
    promptTokens: most.promptTokens + used.promptTokens,
    completionTokens: most.completionTokens + used.completionTokens,
  };
  const tokens = whole.promptTokens + whole.completionTokens;
  if (allowance.tokens !== null && tokens > allowance.tokens)
    return said`MAX_TOKENS leaves ${allowance.tokens} tokens, and the next question may use ${tokens}`;
  const cost = costOf(whole, prices);
  if (allowance.usd !== null && cost !== null && cost > allowance.usd)
    return said`MAX_COST_USD leaves ${allowance.usd.toFixed(4)} US dollars, and the next question may cost ${cost.toFixed(4)}`;
  return null;
}

/** Why no further question is allowed whatever its size, or null. The question itself is judged before it is sent. */
export function adviserBudgetSpent(usage: Usage, limits: Limits): string | null {
  const tokens = usage.promptTokens + usage.completionTokens;
  if (limits.MAX_TOKENS !== null && tokens >= limits.MAX_TOKENS)
    return said`MAX_TOKENS (${limits.MAX_TOKENS}) is used up: ${tokens} tokens`;
  if (limits.MAX_COST_USD !== null && (usage.costUsd ?? 0) >= limits.MAX_COST_USD)
    return said`MAX_COST_USD (${limits.MAX_COST_USD}) is used up: ${(usage.costUsd ?? 0).toFixed(4)} US dollars`;
  return null;
}

/** Seconds that each of the next trainings may take, or null for no limit; 0 when the budget is spent. */
export function trainingAllowance(usage: Usage, limits: Limits, together = 1): number | null {
  const left =
    limits.MAX_TRAIN_SECONDS === null
      ? Infinity
      : Math.max(0, limits.MAX_TRAIN_SECONDS - usage.trainSeconds) / together;
  const allowance = Math.min(left, limits.MAX_TRIAL_SECONDS ?? Infinity);
  return Number.isFinite(allowance) ? allowance : null;
}
