/** What an adviser is: three questions, each answered from a bounded context. */
import type { AdviserFacts } from '../domain/adviserFacts.ts';
import type { Advice, AdviserSettings } from '../domain/contract.ts';
import type { ProposalReply } from '../domain/proposals.ts';
import type { PlanReply, SuggestionReply, SummaryReply } from '../domain/suggestions.ts';
import type { AdviserContext } from '../domain/trajectory.ts';
import type { Account } from './account.ts';

/** What an adviser needs to be asked anything. */
export interface Asking {
  settings: AdviserSettings;
  /** Null for an adviser that needs none. */
  apiKey: string | null;
  /** The key is the run's own, not that of the worker's environment. */
  ownKey: boolean;
  account: Account;
  /** Aborted when the run is cancelled or the worker leaves. */
  signal: AbortSignal;
}

export interface Question extends Asking {
  context: AdviserContext;
  repair: { reply: string; problem: string } | null;
}

/**
 * Proposes what to train. Implementations answer a broken reply as `problem`, and throw only when there is no reply at
 * all.
 *
 * To add one: implement this, and name it in `src/advisers/choose.ts`.
 */
export interface Adviser {
  /** As what it signs. Costs nothing. */
  facts(settings: AdviserSettings): AdviserFacts;
  /** One tiny question in the form of the real ones: `problem` says why its answers could not be used. */
  check(asking: Asking): Promise<Advice<unknown>>;
  plan(question: Question): Promise<Advice<PlanReply>>;
  suggest(question: Question): Promise<Advice<SuggestionReply>>;
  summarise(question: Question): Promise<Advice<SummaryReply>>;
}

/** An adviser that judges what the search model proposes, since 0.4.0; the question is part of the context's evidence. */
export interface LanguageModel extends Adviser {
  next(question: Question): Promise<Advice<ProposalReply>>;
}
