/**
 * A person's decisions. Signals, updates, terminals and scripts all end in `receive`, and a gate reads `answerGate`.
 *
 * A decision that comes before its gate is kept for it; one that is sent twice (same id) counts once.
 */
import { z } from 'zod';
import type { ParameterSpace } from './settings.ts';
import { refuseValue } from './searchSpace.ts';
import type { Values } from './trials.ts';

export const STOP_SCOPES = ['round', 'parameter', 'run'] as const;
export type StopScope = (typeof STOP_SCOPES)[number];

export const DECISIONS = ['continue', 'stop-round', 'stop-parameter', 'stop-run', 'pause', 'resume', 'set'] as const;

/** One decision as it arrives. `gate` names the question it answers; without it, the open or the next one is meant. */
export const decisionSchema = z.object({
  decision: z.enum(DECISIONS),
  key: z.string().max(100).optional(),
  value: z.union([z.string().max(200), z.number()]).optional(),
  id: z.string().max(100).optional(),
  gate: z.string().max(100).optional(),
  by: z.string().max(100).optional(),
});
export type Decision = z.infer<typeof decisionSchema>;

/** A question to a person. `round`: go on with this parameter? `parameter`: go on with the next one? */
export interface Gate {
  id: string;
  kind: 'round' | 'parameter';
  key: string;
  round: number;
  /** Unix milliseconds; null = it waits for ever. */
  deadline: number | null;
}

export interface Inbox {
  interactive: boolean;
  paused: boolean;
  proceed: boolean;
  stop: StopScope | null;
  override: { key: string; value: string | number; by: string } | null;
  gate: Gate | null;
  /** Gates that were answered, so that a late answer can be refused by name. */
  answered: string[];
  seen: string[];
}

/** What the inbox must know of the run to judge a decision. */
export interface RunView {
  spaces: Record<string, ParameterSpace>;
  /** Keys for which a value may still be set: the one in hand while it has rounds left, and those to come. */
  openKeys: readonly string[];
  ended: boolean;
  tried: (values: Values) => boolean;
  incumbentValues: Values | null;
}

export interface Verdict {
  inbox: Inbox;
  outcome: 'applied' | 'kept' | 'duplicate' | 'refused';
  message: string;
}

const REMEMBERED = 200;
const STRENGTH: Record<StopScope, number> = { round: 1, parameter: 2, run: 3 };

export function emptyInbox(interactive: boolean): Inbox {
  return { interactive, paused: false, proceed: false, stop: null, override: null, gate: null, answered: [], seen: [] };
}

/**
 * Judges one decision. Pure: the update's validator calls it and throws the refusal, the handlers call it and keep the
 * inbox.
 */
export function receive(inbox: Inbox, decision: Decision, view: RunView): Verdict {
  const refuse = (message: string): Verdict => ({ inbox, outcome: 'refused', message });
  if (decision.id && inbox.seen.includes(decision.id))
    return { inbox, outcome: 'duplicate', message: 'this decision has arrived already and counts once' };
  if (view.ended) return refuse('the run has ended; nothing can be decided any more');
  if (decision.gate && inbox.answered.includes(decision.gate))
    return refuse(`the question ${decision.gate} has been answered already`);
  const seen = decision.id ? [...inbox.seen, decision.id].slice(-REMEMBERED) : inbox.seen;
  const accept = (change: Partial<Inbox>, message: string): Verdict => ({
    inbox: { ...inbox, ...change, seen },
    outcome: inbox.gate ? 'applied' : 'kept',
    message: inbox.gate ? message : `${message} (kept for the next question)`,
  });
  switch (decision.decision) {
    case 'continue':
      if (!inbox.interactive && !inbox.gate) return refuse('the run goes on by itself; there is no question to answer');
      return accept({ proceed: true }, 'goes on');
    case 'stop-round':
    case 'stop-parameter':
    case 'stop-run': {
      const scope = decision.decision.slice('stop-'.length) as StopScope;
      const stop = inbox.stop && STRENGTH[inbox.stop] > STRENGTH[scope] ? inbox.stop : scope;
      return accept({ stop }, `stops (${scope})`);
    }
    case 'pause':
      if (inbox.paused) return refuse('the run is paused already');
      return {
        inbox: { ...inbox, paused: true, seen },
        outcome: 'applied',
        message: 'holds at the next question until resumed',
      };
    case 'resume':
      if (!inbox.paused) return refuse('the run is not paused');
      return { inbox: { ...inbox, paused: false, seen }, outcome: 'applied', message: 'goes on' };
    case 'set': {
      const problem = refuseOverride(decision, view);
      if (problem) return refuse(problem);
      return accept(
        { override: { key: decision.key!, value: decision.value!, by: decision.by ?? 'person' } },
        `tries ${decision.key} = ${decision.value} next`,
      );
    }
  }
}

function refuseOverride({ key, value }: Decision, view: RunView): string | null {
  if (key === undefined || value === undefined) return 'needs KEY=VALUE';
  const space = Object.hasOwn(view.spaces, key) ? view.spaces[key] : undefined;
  if (!space) return `${key} is not among TUNABLE_KEYS; allowed: ${Object.keys(view.spaces).join(', ')}`;
  if (!view.openKeys.includes(key))
    return `${key} is not to be tried any more; allowed now: ${view.openKeys.join(', ') || 'none'}`;
  const problem = refuseValue(key, value, space);
  if (problem) return problem;
  if (view.incumbentValues && view.tried({ ...view.incumbentValues, [key]: value }))
    return `${key} = ${value} has been measured already`;
  return null;
}

export type GateAnswer = 'wait' | 'continue' | 'ask-parameter' | 'next-parameter' | 'end';

/**
 * What the inbox answers to a question, and the inbox without what the answer used up. Asked again whenever something
 * arrives.
 */
export function answerGate(inbox: Inbox, kind: Gate['kind'], timedOut: boolean): { answer: GateAnswer; inbox: Inbox } {
  const answered = inbox.gate ? [...inbox.answered, inbox.gate.id].slice(-REMEMBERED) : inbox.answered;
  const close = (answer: GateAnswer, change: Partial<Inbox> = {}) => ({
    answer,
    inbox: { ...inbox, ...change, gate: null, answered },
  });
  if (inbox.stop === 'run') return close('end');
  if (inbox.paused) return { answer: 'wait', inbox };
  if (inbox.stop)
    return close(kind === 'parameter' ? (inbox.stop === 'round' ? 'end' : 'next-parameter') : stopAtRound(inbox), {
      stop: null,
      proceed: false,
    });
  if (inbox.override || inbox.proceed || timedOut || !inbox.interactive) return close('continue', { proceed: false });
  return { answer: 'wait', inbox };
}

function stopAtRound(inbox: Inbox): GateAnswer {
  return inbox.stop === 'round' && inbox.interactive ? 'ask-parameter' : 'next-parameter';
}
