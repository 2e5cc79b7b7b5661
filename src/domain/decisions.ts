/**
 * A person's decisions. Signals, updates, terminals and scripts all end in `receive`; a gate reads `answerGate` (`inbox.ts`).
 *
 * One that is sent twice (same id) counts once.
 */
import { z } from 'zod';
import { DECISIONS, STOP_SCOPES } from './decisionNames.ts';
import type { StopScope } from './decisionNames.ts';
import type { DecisionView } from './decisionView.ts';
import { REMEMBERED, answerGate } from './inbox.ts';
import type { Inbox } from './inbox.ts';
import { said } from './said.ts';
import { refuseValue } from './searchSpace.ts';

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

export interface Judgement {
  inbox: Inbox;
  outcome: 'applied' | 'kept' | 'duplicate' | 'refused';
  message: string;
}

const STRENGTH: Record<StopScope, number> = { round: 1, parameter: 2, run: 3, now: 4 };

/**
 * Judges one decision. Pure: the update's validator calls it and throws the refusal, the handlers call it and keep the
 * inbox.
 */
export function receive(inbox: Inbox, decision: Decision, view: DecisionView): Judgement {
  const refuse = (message: string): Judgement => ({ inbox, outcome: 'refused', message });
  if (decision.id && inbox.seen.includes(decision.id))
    return { inbox, outcome: 'duplicate', message: said`this decision has arrived already and counts once` };
  const problem = refuseDecision(inbox, decision, view);
  if (problem) return refuse(problem);
  const seen = decision.id ? [...inbox.seen, decision.id].slice(-REMEMBERED) : inbox.seen;
  const apply = (change: Partial<Inbox>, message: string): Judgement => ({
    inbox: { ...inbox, ...change, seen },
    outcome: 'applied',
    message,
  });
  /** Applied when the open question is answered by it, else kept. */
  const answer = (change: Partial<Inbox>, message: string, keptFor = said`the next question`): Judgement => {
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

const keptFor = (key: string, { trainingsLeft, later }: DecisionView): string =>
  trainingsLeft === null || later.includes(key) ? said`when ${key} is in hand` : said`the next training`;

/** Why a decision is impossible now, or null. */
function refuseDecision(inbox: Inbox, decision: Decision, view: DecisionView): string | null {
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

function refuseWish({ key }: Decision, view: DecisionView): string | null {
  if (view.trainingsLeft === null) return said`a run that an earlier release began keeps the order of its plan`;
  if (view.trainingsLeft === 0) return NONE_LEFT;
  if (key !== undefined && Object.hasOwn(view.spaces, key)) return null;
  if (key !== undefined && view.rhythms && Object.hasOwn(view.rhythms, key))
    return said`${key} cannot change a score, so no training is spent on it; allowed: set ${key}=VALUE, or one of ${Object.keys(view.spaces).join(', ')}`;
  return said`${key ?? said`no key`} is not among TUNABLE_KEYS; allowed: ${Object.keys(view.spaces).join(', ')}`;
}

function refuseOverride({ key, value }: Decision, view: DecisionView): string | null {
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
