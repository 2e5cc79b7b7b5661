/** What is trained next: a person's wish comes first, then what the search model and the adviser make of all trials. */
import { currentValues, wasMeasured } from '../domain/configurations.ts';
import { formatsOf } from '../domain/formats.ts';
import { inShort } from '../domain/inShort.ts';
import { trainingsLeft } from '../domain/pool.ts';
import type { NextTraining } from '../domain/proposals.ts';
import { incumbentOf } from '../domain/runTrials.ts';
import { said } from '../domain/said.ts';
import { endsByItself, leftEarly } from '../domain/searchWords.ts';
import type { Study } from '../domain/study.ts';
import { studyRequest } from '../domain/studyRequest.ts';
import { inBoth } from '../domain/suggestions.ts';
import type { ProposedBy, Reason } from '../domain/trials.ts';
import { EndRun } from './outcomes.ts';
import type { Host } from './host.ts';
import { propose } from './proposing.ts';

export type Next =
  | { train: NextTraining[] }
  | { repeat: Reason; proposedBy: ProposedBy }
  /** Nothing, and why: in a few words, and at length where there is more to say. */
  | { end: string; reason: Reason | null };

export interface Question {
  /** Names the decision within the run. */
  step: string;
  /** Keys that may be changed; null: any. */
  keys: string[] | null;
  /** Trainings at once, 1 or more. */
  count: number;
  /** Whether the decision may be to train nothing more here, since too little is expected. */
  leaves: boolean;
}

export async function decideNext(host: Host, question: Question): Promise<Next> {
  const { state } = host;
  const given = personsWish(host, question.keys);
  if (given) return given;
  const keys = wishedKeys(host) ?? question.keys;
  const study = await studySearch(host, keys, question.count);
  if (!study) return { end: said`the search model did not answer`, reason: null };
  const left = question.leaves ? nothingToGain(host, study, keys) : null;
  if (left) return personsWish(host, question.keys) ?? left;
  if (study.next.length === 0) return { end: said`exhausted`, reason: null };
  const proposal = await propose(host, study, { ...question, keys });
  // A value that a person set while the adviser was asked comes before the adviser's last word.
  const meanwhile = personsWish(host, question.keys);
  if (meanwhile) return meanwhile;
  if ('stop' in proposal) return { end: said`stopped by the adviser`, reason: proposal.stop };
  const hints = new Set(study.next.flatMap(({ hint }) => (hint ? [JSON.stringify(hint.change)] : [])));
  state.hints = state.hints.filter(({ change }) => !hints.has(JSON.stringify(change)));
  if ('repeat' in proposal) return { repeat: proposal.repeat, proposedBy: 'adviser' };
  return { train: proposal.train.slice(0, trainingsLeft(state)) };
}

/** Why nothing more is to be trained here, or null. */
function nothingToGain({ state }: Host, study: Study, keys: string[] | null): Extract<Next, { end: string }> | null {
  if (keys?.length === 1) {
    const of = study.keys[keys[0]!];
    if (of && of.untried > 0 && !of.worthwhile && state.hints.length === 0)
      return { end: said`left early`, reason: leftEarly(keys[0]!, study, formatsOf(state)) };
    return null;
  }
  const waits = state.probes.length > 0 || state.hints.length > 0;
  if (state.config.AGENT_SETTINGS.STOP_WHEN === 'budget' || waits || study.outlook.worthwhile) return null;
  return { end: said`nothing to gain`, reason: endsByItself(study, formatsOf(state)) };
}

/**
 * The search model's view; null when it does not answer, with all its attempts.
 *
 * @param count - Trainings wanted; 0: only what is known.
 */
export async function studySearch(host: Host, keys: string[] | null, count: number): Promise<Study | null> {
  const { state, steps } = host;
  const about = keys === null ? 'all parameters' : keys.join(', ');
  try {
    const study = await host.interruptible(() =>
      steps.studySearch(inShort(state, `what the measurements say of ${about}`), {
        run: state.run,
        study: studyRequest(state, keys, count),
      }),
    );
    state.noise = study.noise;
    state.outlook = study.outlook;
    return study;
  } catch (error) {
    if (host.isCancellation(error) || error instanceof EndRun) throw error;
    state.notes.push(said`the search model did not answer: ${host.describeError(error).message}`);
    return null;
  }
}

/** The key that a person named, used up by it. */
function wishedKeys({ state }: Host): string[] | null {
  const { wish } = state.inbox;
  if (!wish) return null;
  state.inbox = { ...state.inbox, wish: null };
  return [wish.key];
}

/**
 * A person's value for one of these keys, or for a key whose turn will not come; or the repeat that was asked for. Used
 * up by it; null when there is none that is new.
 */
function personsWish(host: Host, keys: string[] | null): Next | null {
  const { state } = host;
  if (state.inbox.repeat) {
    state.inbox = { ...state.inbox, repeat: null };
    if (incumbentOf(state))
      return { repeat: inBoth('人要求用另一个种子重复。', 'A person asked for a repeat.'), proposedBy: 'person' };
  }
  const later = new Set(state.queue.filter((key) => !keys?.includes(key)));
  for (const [key, { value, by }] of Object.entries(state.inbox.overrides)) {
    if (later.has(key)) continue;
    const { [key]: _used, ...overrides } = state.inbox.overrides;
    state.inbox = { ...state.inbox, overrides };
    const values = { ...currentValues(state), [key]: value };
    if (wasMeasured(state, values)) {
      state.notes.push(said`${key} = ${value}, set by a person, had been measured by then`);
      continue;
    }
    const reason = inBoth(`${by} 指定了这个值。`, `${by} asked for this value.`);
    const predicted = { byModel: null, byAdviser: null };
    return {
      train: [{ values, change: { [key]: value }, proposedBy: 'person', origin: 'own', reason, predicted }],
    };
  }
  return null;
}
