/**
 * A person's decisions. Signals, updates, terminals and scripts all end in `receive`, and a gate reads `answerGate`.
 *
 * A decision that comes before its gate is kept for it; one that is sent twice (same id) counts once.
 */
import { z } from 'zod';
import type { ParameterSpace } from './parameterSpace.ts';
import { said } from './said.ts';
import { DECISIONS } from './decisionNames.ts';
import { refuseValue } from './searchSpace.ts';
import type { Values } from './trials.ts';

/** What a stop ends: the rounds of a parameter (then asks about the next), the parameter, the run, or the run at once. */
export const STOP_SCOPES = ['round', 'parameter', 'run', 'now'] as const;
export type StopScope = (typeof STOP_SCOPES)[number];

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

/** What the signal `stop` may carry: nothing (the run), a scope, or `{"scope": …}`. */
export const stopPayloadSchema = z
  .union([z.enum(STOP_SCOPES), z.strictObject({ scope: z.enum(STOP_SCOPES).optional() })])
  .nullish()
  .transform((payload): StopScope => (typeof payload === 'string' ? payload : (payload?.scope ?? 'run')));

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

/** What the inbox must know of the run to judge a decision. */
export interface RunView {
  spaces: Record<string, ParameterSpace>;
  /** Listed keys that cannot change a score; a value holds at once. */
  rhythms?: Record<string, ParameterSpace>;
  /** Keys for which a value may still be set: the one in hand while it has rounds left, and those to come. */
  openKeys: readonly string[];
  /** The key whose rounds are under way. */
  inHand: string | null;
  /** Keys whose turn is still to come. */
  later: readonly string[];
  /** `concluding`: nothing is tuned any more, the winner is being confirmed. */
  stage: 'tuning' | 'concluding' | 'ended';
  tried: (values: Values) => boolean;
  incumbentValues: Values | null;
  /** Whether decisions belong to a key; executions that 0.1.0 or 0.2.0 began keep their rules, under which they did not. */
  perKey: boolean;
  /** Trainings left in the pool, since 0.4.0: without any nothing can be asked for. Null: not counted. */
  trainingsLeft: number | null;
}

export interface Verdict {
  inbox: Inbox;
  outcome: 'applied' | 'kept' | 'duplicate' | 'refused';
  message: string;
}

const REMEMBERED = 200;
const STRENGTH: Record<StopScope, number> = { round: 1, parameter: 2, run: 3, now: 4 };

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

/**
 * Judges one decision. Pure: the update's validator calls it and throws the refusal, the handlers call it and keep the
 * inbox.
 */
export function receive(inbox: Inbox, decision: Decision, view: RunView): Verdict {
  const refuse = (message: string): Verdict => ({ inbox, outcome: 'refused', message });
  if (decision.id && inbox.seen.includes(decision.id))
    return { inbox, outcome: 'duplicate', message: said`this decision has arrived already and counts once` };
  const problem = refuseDecision(inbox, decision, view);
  if (problem) return refuse(problem);
  const seen = decision.id ? [...inbox.seen, decision.id].slice(-REMEMBERED) : inbox.seen;
  const apply = (change: Partial<Inbox>, message: string): Verdict => ({
    inbox: { ...inbox, ...change, seen },
    outcome: 'applied',
    message,
  });
  /** Applied when the open question is answered by it, else kept. */
  const answer = (change: Partial<Inbox>, message: string, keptFor = said`the next question`): Verdict => {
    const changed = { ...inbox, ...change, seen };
    if (inbox.gate && answerGate(changed, { timedOut: false, perKey: view.perKey }).answer !== 'wait')
      return { inbox: changed, outcome: 'applied', message };
    return { inbox: changed, outcome: 'kept', message: said`${message} (kept for ${keptFor})` };
  };
  switch (decision.decision) {
    case 'continue':
      return answer({ proceed: true }, said`goes on`);
    case 'stop-round':
    case 'stop-parameter':
    case 'stop-run': {
      const scope = decision.decision.slice('stop-'.length) as StopScope;
      const stop = inbox.stop && STRENGTH[inbox.stop] > STRENGTH[scope] ? inbox.stop : scope;
      return answer({ stop }, said`stops (${scope}${view.inHand && scope !== 'run' ? said` of ${view.inHand}` : ''})`);
    }
    case 'stop-now':
      return apply(
        { stop: 'now' },
        view.stage === 'concluding'
          ? said`skips what is left of the confirmation; the best so far is published`
          : said`ends the training in hand at once; the best so far is confirmed and published`,
      );
    case 'pause':
      return apply({ paused: true }, said`holds at the next question until resumed`);
    case 'resume':
      return apply({ paused: false }, said`goes on`);
    case 'key':
      return answer(
        { wish: { key: decision.key!, by: decision.by ?? 'person' } },
        said`changes ${decision.key} next`,
        said`the next training`,
      );
    case 'repeat':
      return answer(
        { repeat: { by: decision.by ?? 'person' } },
        said`trains the best so far again, with another seed`,
        said`the next training`,
      );
    case 'set': {
      const key = decision.key!;
      if (view.rhythms && Object.hasOwn(view.rhythms, key))
        return apply(
          { rhythms: { ...inbox.rhythms, [key]: decision.value! } },
          said`${key} = ${decision.value} holds for the trainings that begin from now on; it cannot change a score, so none is spent on it`,
        );
      const override = { value: decision.value!, by: decision.by ?? 'person' };
      const earlier = inbox.overrides[key];
      const instead = earlier && earlier.value !== override.value ? said`, instead of ${earlier.value}` : '';
      return answer(
        { overrides: view.perKey ? { ...inbox.overrides, [key]: override } : { [key]: override } },
        said`tries ${key} = ${decision.value} next${instead}`,
        key === view.inHand ? said`its next round` : keptFor(key, view),
      );
    }
  }
}

const keptFor = (key: string, { trainingsLeft, later }: RunView): string =>
  trainingsLeft === null || later.includes(key) ? said`when ${key} is in hand` : said`the next training`;

/** Why a decision is impossible now, or null. */
function refuseDecision(inbox: Inbox, decision: Decision, view: RunView): string | null {
  if (view.stage === 'ended') return said`the run has ended; nothing can be decided any more`;
  if (view.stage === 'concluding' && decision.decision !== 'stop-now')
    return said`the tuning has ended and the winner is being confirmed; allowed: stop-now, which skips what is left of it`;
  if (decision.gate && inbox.answered.includes(decision.gate))
    return said`the question ${decision.gate} has been answered already`;
  if (view.perKey && decision.gate && decision.gate !== inbox.gate?.id)
    return said`the question ${decision.gate} is not open; open now: ${inbox.gate?.id ?? said`none`}`;
  switch (decision.decision) {
    case 'continue':
      if (view.perKey && inbox.paused && !inbox.gate)
        return said`the run is paused; allowed: resume, stop-run, stop-now`;
      return !inbox.interactive && !inbox.gate ? said`the run goes on by itself; there is no question to answer` : null;
    case 'stop-round':
    case 'stop-parameter':
      if (!view.perKey || view.inHand !== null) return null;
      return said`no parameter is in hand, so there is nothing for ${decision.decision} to stop; allowed: ${inbox.gate ? 'continue, ' : ''}stop-run, stop-now`;
    case 'pause':
      return inbox.paused ? said`the run is paused already` : null;
    case 'resume':
      return inbox.paused ? null : said`the run is not paused`;
    case 'set':
      return refuseOverride(decision, view);
    case 'key':
      return refuseWish(decision, view);
    case 'repeat':
      if (view.trainingsLeft === null) return said`a run that an earlier release began cannot repeat a training`;
      if (view.trainingsLeft === 0) return NONE_LEFT;
      return view.incumbentValues ? null : said`nothing has been measured yet that could be repeated`;
    default:
      return null;
  }
}

const NONE_LEFT = said`no training is left in the pool (MAX_PRIORITY_PARAMS × ROUNDS_PER_PARAM)`;

function refuseWish({ key }: Decision, view: RunView): string | null {
  if (view.trainingsLeft === null) return said`a run that an earlier release began keeps the order of its plan`;
  if (view.trainingsLeft === 0) return NONE_LEFT;
  if (key !== undefined && Object.hasOwn(view.spaces, key)) return null;
  if (key !== undefined && view.rhythms && Object.hasOwn(view.rhythms, key))
    return said`${key} cannot change a score, so no training is spent on it; allowed: set ${key}=VALUE, or one of ${Object.keys(view.spaces).join(', ')}`;
  return said`${key ?? said`no key`} is not among TUNABLE_KEYS; allowed: ${Object.keys(view.spaces).join(', ')}`;
}

function refuseOverride({ key, value }: Decision, view: RunView): string | null {
  if (key === undefined || value === undefined) return said`needs KEY=VALUE`;
  const rhythm = view.rhythms && Object.hasOwn(view.rhythms, key) ? view.rhythms[key] : undefined;
  if (rhythm) return refuseValue(key, value, rhythm);
  const space = Object.hasOwn(view.spaces, key) ? view.spaces[key] : undefined;
  if (!space) return said`${key} is not among TUNABLE_KEYS; allowed: ${Object.keys(view.spaces).join(', ')}`;
  if (!view.openKeys.includes(key))
    return said`${key} is not to be tried any more; allowed now: ${view.openKeys.join(', ') || said`none`}`;
  const problem = refuseValue(key, value, space);
  if (problem) return problem;
  if (view.incumbentValues && view.tried({ ...view.incumbentValues, [key]: value }))
    return said`${key} = ${value} has been measured already`;
  return null;
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
