import { currentValues } from '../../src/domain/configurations.ts';
import type { AdviserSettings } from '../../src/domain/contract.ts';
import { openAccount } from '../../src/advisers/account.ts';
import type { Asking } from '../../src/advisers/adviser.ts';
import { recordTrial } from '../../src/domain/runTrials.ts';
import type { Allowance } from '../../src/domain/usage.ts';
import type { AdviserContext } from '../../src/domain/trajectory.ts';
import { adviserContext } from '../../src/domain/trajectory.ts';
import { result, run, trial } from '../domain/runs.ts';

export const KEY = 'sk-test-canary-0123456789';
export const settings = (url: string): AdviserSettings => ({
  ADVISER: 'auto',
  GPT_TIMEOUT: 90,
  GPT_MODEL: 'test-model',
  GPT_BASE_URL: url,
  GPT_TEMPERATURE: 0,
  GPT_MAX_OUTPUT_TOKENS: 500,
  GPT_REASONING_EFFORT: null,
  GPT_PRICE_INPUT: null,
  GPT_PRICE_OUTPUT: null,
});

export const NO_LIMITS: Allowance = { tokens: null, usd: null };

/** What an adviser is asked with, but for the question itself. */
export function asking(url: string, change: Partial<AdviserSettings> = {}, allowance = NO_LIMITS): Asking {
  const given = { ...settings(url), ...change };
  return {
    settings: given,
    apiKey: KEY,
    ownKey: true,
    account: openAccount(allowance, given),
    signal: new AbortController().signal,
  };
}

/** A run with its default measured and some trials of the learning rate. */
export function context(trials = 2, key: string | null = 'LEARNING_RATE'): AdviserContext {
  const state = run();
  recordTrial(
    state,
    trial({
      id: 'b'.repeat(16),
      purpose: 'baseline',
      key: null,
      round: null,
      values: currentValues(state),
      result: result(0.6),
    }),
  );
  for (let number = 2; number < 2 + trials; number += 1) {
    recordTrial(
      state,
      trial({
        id: number.toString(16).padStart(16, '0'),
        number,
        values: { ...currentValues(state), LEARNING_RATE: number * 1e-6 },
        result: result(0.5 + number / 1e5),
      }),
    );
  }
  state.queue = ['LEARNING_RATE'];
  state.round = 1;
  return adviserContext(state, key);
}
