/** What an adviser is: three questions, each answered from a bounded context. */
import type { Advice, AdviserSettings } from '../activities/contract.ts';
import type { PlanReply, SuggestionReply, SummaryReply } from '../domain/suggestions.ts';
import type { AdviserContext } from '../domain/trajectory.ts';
import type { AdviserFacts } from '../domain/runState.ts';

export interface Question {
  context: AdviserContext;
  settings: AdviserSettings;
  repair: { reply: string; problem: string } | null;
  /** Aborted when the run is cancelled or the worker leaves. */
  signal: AbortSignal;
}

/**
 * Proposes what to train. Implementations answer a broken reply as `problem`, and throw only when there is no reply at
 * all.
 *
 * To add one: implement this, and name it in `src/advisers/choose.ts`.
 */
export interface Adviser {
  /** Whether it can be asked at all, and as what it signs. Costs nothing. */
  probe(settings: AdviserSettings, signal: AbortSignal): Promise<AdviserFacts>;
  plan(question: Question): Promise<Advice<PlanReply>>;
  suggest(question: Question): Promise<Advice<SuggestionReply>>;
  summarise(question: Question): Promise<Advice<SummaryReply>>;
}
