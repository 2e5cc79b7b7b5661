/**
 * Steps 4 and 5 as releases before 0.4.0 told them, for executions that those began: one parameter, rounds of one
 * changed value each, then its best value is fixed.
 */
import { currentValues, measured } from '../../domain/configurations.ts';
import { formatValue } from '../../domain/formats.ts';
import { endOfParameter } from '../../domain/inbox.ts';
import { incumbentOf } from '../../domain/runTrials.ts';
import { said } from '../../domain/said.ts';
import { checkSuggestion, readSuggestion } from '../../domain/suggestions.ts';
import type { SuggestionReply } from '../../domain/suggestions.ts';
import type { ProposedBy, Reason } from '../../domain/trials.ts';
import { consult } from '../consulting.ts';
import { keepRecord } from '../ending.ts';
import { ask, endIfAsked, stoppedBeforeTraining } from '../gates.ts';
import type { Host } from '../host.ts';
import { train } from '../training.ts';

export async function tuneParameters(host: Host): Promise<void> {
  const { state } = host;
  while (state.queue.length > 0) {
    await tuneParameter(host, state.queue[0]!);
    if (state.queue.length === 0) break;
    await keepRecord(host);
    await host.boundary();
  }
}

/**
 * Tunes one key and takes it off the queue.
 *
 * @throws EndRun when a person or a budget ends the run; the rounds measured so far count.
 */
async function tuneParameter(host: Host, key: string): Promise<void> {
  const { state } = host;
  const rounds = state.config.AGENT_SETTINGS.ROUNDS_PER_PARAM;
  let why = said`all ${rounds} rounds`;
  let askAboutNext = true;
  for (state.round = 1; state.round <= rounds; state.round += 1) {
    endIfAsked(host);
    if (host.release >= 3) host.show();
    let next = await nextValue(host, key);
    // A value that a person set while the adviser was asked comes before the adviser's last word.
    if (typeof next === 'string' && host.release >= 3) next = personsValue(host, key) ?? next;
    const stopped = stoppedBeforeTraining(host);
    if (stopped) {
      why = stoppedAfter(state.round - 1);
      askAboutNext = stopped === 'ask-parameter';
      break;
    }
    if (typeof next === 'string') {
      why = said`${next} after ${state.round - 1} rounds`;
      break;
    }
    await train(host, {
      purpose: 'round',
      key,
      values: { ...currentValues(state), [key]: next.value },
      proposedBy: next.proposedBy,
      reason: next.reason,
    });
    if (state.round === rounds) break;
    const answer = await ask(host, { kind: 'round', key, valueFor: key });
    if (answer === 'continue') continue;
    why = stoppedAfter(state.round);
    askAboutNext = answer === 'ask-parameter';
    break;
  }
  const skipQuestion = fix(host, key, why);
  const [following] = state.queue;
  if (following && askAboutNext && !skipQuestion) await ask(host, { kind: 'parameter', key, valueFor: following });
}

const stoppedAfter = (rounds: number): string => said`stopped by a person after ${rounds} rounds`;

/** Ends a parameter; true when a person has said already that the next one is to follow. */
function fix(host: Host, key: string, why: string): boolean {
  const { state } = host;
  const incumbent = incumbentOf(state);
  const rounds = state.trials.filter((trial) => trial.purpose === 'round' && trial.key === key).length;
  const value = currentValues(state)[key]!;
  state.fixed.push({ key, value, trial: incumbent?.id ?? '', rounds, why });
  state.queue = state.queue.slice(1);
  state.round = 0;
  const dropped = state.inbox.overrides[key];
  if (dropped && host.release >= 3)
    state.notes.push(said`${key} = ${dropped.value}, set by a person, is not tried: the parameter has ended (${why})`);
  const { inbox, skipQuestion } = endOfParameter(state.inbox, key, { perKey: host.release >= 3 });
  state.inbox = inbox;
  host.show();
  return skipQuestion;
}

interface NextValue {
  value: string | number;
  proposedBy: ProposedBy;
  reason: Reason | null;
}

/** The value that a person set for a key, which is used up by it; null when there is none that is new. */
function personsValue({ state }: Host, key: string): NextValue | null {
  const { [key]: override, ...overrides } = state.inbox.overrides;
  if (!override) return null;
  state.inbox = { ...state.inbox, overrides };
  if (!measured(state, { ...currentValues(state), [key]: override.value }))
    return { value: override.value, proposedBy: 'person', reason: null };
  state.notes.push(said`${key} = ${override.value}, set by a person, had been measured by then`);
  return null;
}

/** A person's value if there is one, else the adviser's; else why there is none. */
async function nextValue(host: Host, key: string): Promise<NextValue | string> {
  const { state, steps } = host;
  const given = personsValue(host, key);
  if (given) return given;
  const space = state.config.TUNABLE_KEYS[key]!;
  const consulted = await consult<SuggestionReply, NextValue | null>(host, {
    name: `suggest-${key}-${state.round}`,
    key,
    ask: steps.adviseValue,
    check: (answered) => {
      const reply = host.release >= 3 ? readSuggestion(answered, space) : answered;
      const verdict = checkSuggestion(
        reply,
        key,
        space,
        (change) => measured(state, { ...currentValues(state), ...change }) !== null,
      );
      if (verdict.verdict === 'refused')
        return { refused: verdict.why, proposal: `${reply.key} = ${formatValue(reply.value)}`.slice(0, 200) };
      if (verdict.verdict === 'exhausted') {
        state.notes.push(said`${key} is exhausted, says the adviser: ${reply.reason.en}`);
        return { answer: null };
      }
      return { answer: { value: verdict.value, proposedBy: 'adviser', reason: reply.reason } };
    },
  });
  if (!consulted) {
    state.notes.push(said`${key} is left as it is: nobody answered, neither a language model nor the search model`);
    return said`nobody answered`;
  }
  return consulted.answer ? { ...consulted.answer, proposedBy: consulted.proposedBy } : said`exhausted`;
}
