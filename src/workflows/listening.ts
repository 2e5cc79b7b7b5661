/** Messages from people: signals, the update, and the queries that clients follow a run with. */
import { setHandler } from '@temporalio/workflow';
import { STOP_SCOPES } from '../domain/decisionNames.ts';
import { decisionSchema, receive, stopPayloadSchema } from '../domain/decisions.ts';
import type { Decision, Judgement } from '../domain/decisions.ts';
import { viewForDecisions } from '../domain/decisionView.ts';
import { progressOf } from '../domain/progress.ts';
import type { RunState } from '../domain/runState.ts';
import { said } from '../domain/said.ts';
import {
  continueSignal,
  decideUpdate,
  keySignal,
  overrideSignal,
  pauseSignal,
  progressQuery,
  repeatSignal,
  resumeSignal,
  stopSignal,
  stateQuery,
} from './messages.ts';
import { rulesOfDecisions } from './release.ts';
import type { Release } from './release.ts';

/** @param heard - Called after each decision that changed something. */
export function listen(state: RunState, release: Release, heard: () => void): void {
  const rules = rulesOfDecisions(release);
  const judge = (decision: Decision): Judgement => receive(state.inbox, decision, viewForDecisions(state, rules));
  const take = (decision: Decision): Judgement => {
    const verdict = judge(decision);
    const words = wordsOf(decision);
    state.decisions.push({
      at: Date.now(),
      gate: decision.gate ?? state.inbox.gate?.id ?? null,
      decision: words.slice(0, 300),
      by: decision.by ?? 'signal',
      outcome: `${verdict.outcome}: ${verdict.message}`,
    });
    state.inbox = verdict.inbox;
    heard();
    return verdict;
  };
  const refuseUnread = (signal: string, raw: unknown, why: string): void => {
    state.decisions.push({
      at: Date.now(),
      gate: state.inbox.gate?.id ?? null,
      decision: `${signal} ${JSON.stringify(raw) ?? ''}`.trim().slice(0, 300),
      by: 'signal',
      outcome: said`refused: ${why}`,
    });
  };
  // A signal comes from anywhere, in any shape; what cannot be read is recorded as refused, since throwing here would
  // block the run.
  const takeSignal = (raw: { decision: string; key?: unknown; value?: unknown }): void => {
    const parsed = decisionSchema.safeParse(raw);
    if (parsed.success) take(parsed.data);
    else refuseUnread('unreadable', raw, parsed.error.issues[0]?.message ?? 'unreadable');
  };
  setHandler(continueSignal, () => takeSignal({ decision: 'continue' }), {
    description: 'Goes on: answers the question that is open. No input.',
  });
  setHandler(
    stopSignal,
    (payload: unknown) => {
      if (release < 3) return takeSignal({ decision: `stop-${scopeBefore03(payload)}` });
      const scope = stopPayloadSchema.safeParse(payload);
      if (scope.success) takeSignal({ decision: `stop-${scope.data}` });
      else
        refuseUnread(
          'stop',
          payload,
          said`allowed: no payload (the run), or {"scope": "${STOP_SCOPES.join('" | "')}"}`,
        );
    },
    {
      description:
        'Ends something. No input: the search; the best is confirmed and published. {"scope": "round"}: the rounds of this parameter; "parameter": this parameter, without a question; "now": the search at once, without the training in hand.',
    },
  );
  setHandler(pauseSignal, () => takeSignal({ decision: 'pause' }), {
    description: 'Holds at the next question until resume. No input.',
  });
  setHandler(resumeSignal, () => takeSignal({ decision: 'resume' }), {
    description: 'Goes on after pause. No input.',
  });
  setHandler(overrideSignal, (wish) => takeSignal({ decision: 'set', key: wish?.key, value: wish?.value }), {
    description: 'Tries this value next. Input: {"key": "LEARNING_RATE", "value": 5e-5}',
  });
  setHandler(keySignal, (wish) => takeSignal({ decision: 'key', key: wish?.key }), {
    description: 'Changes this key next. Input: {"key": "WARMUP_RATIO"}',
  });
  setHandler(repeatSignal, () => takeSignal({ decision: 'repeat' }), {
    description: 'Trains the best so far again, with another seed. No input.',
  });
  setHandler(decideUpdate, (decision) => take(decisionSchema.parse(decision)).message, {
    description:
      'Any decision, with an answer: refused, with the reason, where it is impossible now. Input: {"decision": "continue"}, or "stop-round", "stop-parameter", "stop-run", "stop-now", "pause", "resume", "repeat"; {"decision": "set", "key": "LEARNING_RATE", "value": 5e-5}; {"decision": "key", "key": "WARMUP_RATIO"}.',
    validator: (decision) => {
      const parsed = decisionSchema.safeParse(decision);
      if (!parsed.success) throw new Error(said`not a decision: ${parsed.error.issues[0]?.message}`);
      const verdict = judge(parsed.data);
      if (verdict.outcome === 'refused') throw new Error(verdict.message);
    },
  });
  setHandler(progressQuery, () => progressOf(state), { description: 'What the commands show of the run.' });
  setHandler(stateQuery, () => state, { description: 'Everything that the run knows: trials, decisions, notes.' });
}

function wordsOf({ decision, key, value }: Decision): string {
  if (decision === 'set') return `set ${key} = ${value}`;
  return decision === 'key' ? `key ${key}` : decision;
}

/** What 0.1.0 and 0.2.0 read in the payload of `stop`; they did not know `now`, and refused it. */
function scopeBefore03(payload: unknown): string {
  const scope = (payload as { scope?: string } | null)?.scope ?? 'run';
  return scope === 'now' ? 'unknown' : scope;
}
