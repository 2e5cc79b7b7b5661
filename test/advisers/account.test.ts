/** The account of a question: whatever its requests come to, no cap is passed, and nothing that was sent is forgotten. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { NOTHING_USED, openAccount } from '../../src/advisers/account.ts';
import { addCall, adviserAllowance, NO_USAGE } from '../../src/domain/usage.ts';
import type { CallUsage, TokenCount } from '../../src/domain/usage.ts';

const tokens = fc.integer({ min: 0, max: 3000 });
const request = fc.record({
  most: fc.record({ promptTokens: tokens, completionTokens: tokens }),
  outcome: fc.constantFrom('answered', 'refused', 'lost' as const),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
});
const questions = fc.array(fc.array(request, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 8 });

test('MAX_TOKENS and MAX_COST_USD are never passed, whatever is answered, refused or lost', async () => {
  await fc.assert(
    fc.asyncProperty(questions, fc.integer({ min: 1, max: 20_000 }), async (all, MAX_TOKENS) => {
      const prices = { GPT_PRICE_INPUT: 2, GPT_PRICE_OUTPUT: 8 };
      const limits = { ...prices, MAX_TOKENS, MAX_COST_USD: 0.05, MAX_TRAIN_SECONDS: null, MAX_TRIAL_SECONDS: null };
      let usage = NO_USAGE;
      let sent = 0;
      for (const requests of all) {
        const account = openAccount(adviserAllowance(usage, limits), prices);
        for (const { most, outcome, share } of requests) {
          const refused = await account.reserve(most).then(
            () => false,
            () => true,
          );
          if (refused) break;
          sent += 1;
          const part = (count: number) => Math.floor(count * share);
          const used: TokenCount = {
            promptTokens: part(most.promptTokens),
            completionTokens: part(most.completionTokens),
          };
          if (outcome !== 'lost') await account.settle(outcome === 'answered' ? used : null);
        }
        usage = addCall(usage, account.total(), prices);
        expect(usage.promptTokens + usage.completionTokens).toBeLessThanOrEqual(MAX_TOKENS);
        expect(usage.costUsd ?? 0).toBeLessThanOrEqual(0.05 + 1e-12);
      }
      expect(usage.attempts).toBe(sent);
    }),
    { numRuns: 300 },
  );
});

test('what was put down is saved before the request is sent, and stands when nothing follows', async () => {
  const saved: Required<CallUsage>[] = [];
  const prices = { GPT_PRICE_INPUT: null, GPT_PRICE_OUTPUT: null };
  const account = openAccount({ tokens: null, usd: null }, prices, NOTHING_USED, async (total) => {
    saved.push(total);
  });
  await account.reserve({ promptTokens: 10, completionTokens: 500 });
  expect(saved).toEqual([
    { promptTokens: 10, completionTokens: 500, replies: 0, attempts: 1, assumedTokens: 510, timeOuts: 0 },
  ]);
  await account.reserve({ promptTokens: 10, completionTokens: 500 });
  await account.settle({ promptTokens: 8, completionTokens: 20 });
  expect(account.total()).toEqual({
    promptTokens: 18,
    completionTokens: 520,
    replies: 1,
    attempts: 2,
    assumedTokens: 510,
    timeOuts: 0,
  });
});
