/**
 * The account of one question: what its requests may use, and what they have used, those without a reply included.
 *
 * A request is put down with the most that it can use before it is sent, and that stands until the server tells the
 * real figure: so no cap is ever passed, and a request that brought no reply is counted as if it had been paid for.
 */
import { ApplicationFailure } from '@temporalio/common';
import type { AdviserSettings } from '../domain/contract.ts';
import { refuseReservation } from '../domain/usage.ts';
import type { Allowance, CallUsage, TokenCount } from '../domain/usage.ts';

export const BUDGET_FAILURE = 'adviser_budget';

export interface Account {
  /**
   * Puts a request down, before it is sent.
   *
   * @throws ApplicationFailure, not to be retried, when it does not fit what is left.
   */
  reserve(most: TokenCount): Promise<void>;
  /** What the request came to; null: the server refused it, so it used nothing. */
  settle(used: TokenCount | null): Promise<void>;
  /** The request brought no whole reply in time; what was put down for it stands. */
  timedOut(): Promise<void>;
  total(): Required<CallUsage>;
}

export const NOTHING_USED: Required<CallUsage> = {
  promptTokens: 0,
  completionTokens: 0,
  replies: 0,
  attempts: 0,
  assumedTokens: 0,
  timeOuts: 0,
};

/**
 * Opens the account.
 *
 * @param earlier - What earlier attempts at this question used.
 * @param save - Called with the total whenever it changed, before anything else happens.
 */
export function openAccount(
  allowance: Allowance,
  prices: Pick<AdviserSettings, 'GPT_PRICE_INPUT' | 'GPT_PRICE_OUTPUT'>,
  earlier: Required<CallUsage> = NOTHING_USED,
  save: (total: Required<CallUsage>) => Promise<void> = async () => {},
): Account {
  let settled = earlier;
  let open: TokenCount | null = null;
  const total = (): Required<CallUsage> => (open ? add(settled, open, { assumed: true }) : settled);
  return {
    total,
    reserve: async (most) => {
      const refused = refuseReservation(most, total(), allowance, prices);
      if (refused) throw ApplicationFailure.nonRetryable(refused, BUDGET_FAILURE);
      settled = { ...total(), attempts: settled.attempts + 1 };
      open = most;
      await save(total());
    },
    settle: async (used) => {
      open = null;
      if (used) settled = { ...add(settled, used, { assumed: false }), replies: settled.replies + 1 };
      await save(total());
    },
    timedOut: async () => {
      settled = { ...settled, timeOuts: settled.timeOuts + 1 };
      await save(total());
    },
  };
}

function add(to: Required<CallUsage>, more: TokenCount, { assumed }: { assumed: boolean }): Required<CallUsage> {
  return {
    ...to,
    promptTokens: to.promptTokens + more.promptTokens,
    completionTokens: to.completionTokens + more.completionTokens,
    assumedTokens: to.assumedTokens + (assumed ? more.promptTokens + more.completionTokens : 0),
  };
}
