/** What a run has used: adviser calls, tokens, money and training seconds; and whether the next step still fits. */
import type { AgentSettings } from './settings.ts';

/** Usage of one adviser call, as the server counted it. */
export interface CallUsage {
  promptTokens: number;
  completionTokens: number;
}

/** `trainSeconds`: wall seconds of the training process; `costUsd` is null while prices are unknown. */
export interface Usage {
  calls: number;
  promptTokens: number;
  completionTokens: number;
  costUsd: number | null;
  trainSeconds: number;
}

type Prices = Pick<AgentSettings, 'GPT_PRICE_INPUT' | 'GPT_PRICE_OUTPUT'>;
type Limits = Prices &
  Pick<
    AgentSettings,
    'MAX_TOKENS' | 'MAX_COST_USD' | 'MAX_TRAIN_SECONDS' | 'MAX_TRIAL_SECONDS' | 'GPT_MAX_OUTPUT_TOKENS'
  >;

export const NO_USAGE: Usage = { calls: 0, promptTokens: 0, completionTokens: 0, costUsd: null, trainSeconds: 0 };

/** US dollars of a call, or null when a price is not known. */
export function costOf(call: CallUsage, prices: Prices): number | null {
  if (prices.GPT_PRICE_INPUT === null || prices.GPT_PRICE_OUTPUT === null) return null;
  return (call.promptTokens * prices.GPT_PRICE_INPUT + call.completionTokens * prices.GPT_PRICE_OUTPUT) / 1e6;
}

export function addCall(usage: Usage, call: CallUsage, prices: Prices): Usage {
  const cost = costOf(call, prices);
  return {
    ...usage,
    calls: usage.calls + 1,
    promptTokens: usage.promptTokens + call.promptTokens,
    completionTokens: usage.completionTokens + call.completionTokens,
    costUsd: cost === null ? usage.costUsd : (usage.costUsd ?? 0) + cost,
  };
}

/**
 * Why no further adviser call is allowed, or null. Judged before the call: the one in flight is all that can pass a
 * limit.
 */
export function adviserBudgetSpent(usage: Usage, limits: Limits): string | null {
  const tokens = usage.promptTokens + usage.completionTokens;
  if (limits.MAX_TOKENS !== null && tokens >= limits.MAX_TOKENS)
    return `MAX_TOKENS (${limits.MAX_TOKENS}) is used up: ${tokens} tokens`;
  if (limits.MAX_COST_USD !== null && (usage.costUsd ?? 0) >= limits.MAX_COST_USD)
    return `MAX_COST_USD (${limits.MAX_COST_USD}) is used up: ${(usage.costUsd ?? 0).toFixed(4)} US dollars`;
  return null;
}

/** Seconds that the next training may take, or null for no limit; 0 when the budget is spent. */
export function trainingAllowance(usage: Usage, limits: Limits): number | null {
  const left =
    limits.MAX_TRAIN_SECONDS === null ? Infinity : Math.max(0, limits.MAX_TRAIN_SECONDS - usage.trainSeconds);
  const allowance = Math.min(left, limits.MAX_TRIAL_SECONDS ?? Infinity);
  return Number.isFinite(allowance) ? allowance : null;
}
