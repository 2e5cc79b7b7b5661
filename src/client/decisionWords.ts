/** Decisions as they are typed. */
import { DECISIONS } from '../domain/decisionNames.ts';
import type { Decision } from '../domain/decisions.ts';

/** By the word; `stop` alone means the run. */
export const TYPED_DECISIONS: Readonly<Record<string, Decision['decision']>> = {
  ...Object.fromEntries(DECISIONS.map((word) => [word, word])),
  stop: 'stop-run',
};
