/**
 * What people have decided and is not used up yet, and what it answers to the question that is open.
 *
 * A decision that comes before its gate is kept for it.
 */
import type { StopScope } from './decisionNames.ts';
import type { Values } from './trials.ts';

/**
 * A question to a person. `round`: go on with this parameter? `parameter`: go on with the next one? `training`: go on
 * with whichever change promises most?
 */
export interface Gate {
  id: string;
  kind: 'round' | 'parameter' | 'training';
  key: string;
  /** The key that the next training changes if the run goes on: a value for it answers the question. Null: any key. */
  valueFor: string | null;
  /** Keys whose values wait for their turn and answer nothing yet; every other value does. Absent before 0.4.0. */
  keeps?: string[];
  round: number;
  /** Unix milliseconds; null = it waits for ever. */
  deadline: number | null;
}

/** A value that a person wants to be tried, and who. */
export interface Override {
  value: string | number;
  by: string;
}

export interface Inbox {
  interactive: boolean;
  paused: boolean;
  proceed: boolean;
  /** `round` and `parameter` are meant for the parameter in hand, and go when it is done. */
  stop: StopScope | null;
  /** One value for each key, kept until the key is in hand. */
  overrides: Record<string, Override>;
  /** Values of keys that cannot change a score, for the trainings that follow. Absent before 0.6.0. */
  rhythms?: Values;
  /** The key that a person wants next, and who. */
  wish: { key: string; by: string } | null;
  /** A person wants the best so far to be trained again with another seed. */
  repeat: { by: string } | null;
  gate: Gate | null;
  /** Gates that were answered, so that a late answer can be refused by name. */
  answered: string[];
  seen: string[];
}

/** Answered gates and decisions that have arrived: as many are known again. */
export const REMEMBERED = 200;

export function emptyInbox(interactive: boolean): Inbox {
  return {
    interactive,
    paused: false,
    proceed: false,
    stop: null,
    overrides: {},
    wish: null,
    repeat: null,
    gate: null,
    answered: [],
    seen: [],
  };
}

export type GateAnswer = 'wait' | 'continue' | 'ask-parameter' | 'next-parameter' | 'end';

/**
 * What the inbox answers to the question that is open, and the inbox without what the answer used up. Asked again
 * whenever something arrives.
 */
export function answerGate(
  inbox: Inbox,
  { timedOut, perKey }: { timedOut: boolean; perKey: boolean },
): { answer: GateAnswer; inbox: Inbox } {
  const gate = inbox.gate!;
  const close = (answer: GateAnswer, change: Partial<Inbox> = {}) => ({
    answer,
    inbox: { ...inbox, ...change, gate: null, answered: [...inbox.answered, gate.id].slice(-REMEMBERED) },
  });
  if (endsRun(inbox)) return close('end');
  if (inbox.paused) return { answer: 'wait', inbox };
  if (inbox.stop) {
    // At the question between two parameters only executions of earlier releases can hold such a stop.
    const next = gate.kind === 'round' ? stopAtRound(inbox) : inbox.stop === 'round' ? 'end' : 'next-parameter';
    return close(next, { stop: null, proceed: false });
  }
  if (inbox.wish && gate.kind === 'round' && inbox.wish.key !== gate.key) return close('next-parameter');
  const asked = inbox.wish !== null || inbox.repeat !== null || valueGiven(inbox, gate, perKey);
  if (asked || inbox.proceed || timedOut || !inbox.interactive) return close('continue', { proceed: false });
  return { answer: 'wait', inbox };
}

/** Whether there is a value that the next training would be made with. */
function valueGiven({ overrides }: Inbox, { valueFor, keeps }: Gate, perKey: boolean): boolean {
  const keys = Object.keys(overrides);
  if (!perKey) return keys.length > 0;
  return keys.some((key) => key === valueFor || (keeps && !keeps.includes(key)));
}

/** Whether a person wants the run to end, at the next step or at once. */
export const endsRun = ({ stop }: Inbox): boolean => stop === 'run' || stop === 'now';

/** What a stop of the parameter in hand comes to: its rounds end, and the next parameter is asked about or just begun. */
export function stopAtRound(inbox: Inbox): 'ask-parameter' | 'next-parameter' {
  return inbox.stop === 'round' && inbox.interactive ? 'ask-parameter' : 'next-parameter';
}

/**
 * The inbox once a parameter is done: what was meant for it is used up. `skipQuestion`: a person has said already that
 * the next parameter is to follow.
 */
export function endOfParameter(
  inbox: Inbox,
  key: string,
  { perKey }: { perKey: boolean },
): { inbox: Inbox; skipQuestion: boolean } {
  const { [key]: _used, ...overrides } = inbox.overrides;
  if (!perKey || inbox.stop === null || endsRun(inbox)) return { inbox: { ...inbox, overrides }, skipQuestion: false };
  return { inbox: { ...inbox, overrides, stop: null }, skipQuestion: inbox.stop === 'parameter' };
}
