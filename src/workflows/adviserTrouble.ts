/** What a run does when its language model fails: the search model advises, a person is waited for, or it ends. */
import { HEALTHY } from '../domain/adviserFacts.ts';
import type { RunState } from '../domain/runState.ts';
import { said } from '../domain/said.ts';
import { endIfAsked } from './gates.ts';
import type { Host } from './host.ts';
import { tellWaiting } from './notifying.ts';
import { EndRun } from './outcomes.ts';

/** Questions in a row without a reply (each with all its attempts) after which the model is given up for a while. */
const GIVE_UP_AFTER = 2;
/** Questions that the search model answers then, before the model is asked once more. */
const TRY_AGAIN_AFTER = 3;
/** Questions in a row whose answers could not be used, repair turns included, that count as a failure. */
const UNUSABLE_AT_MOST = 2;
/** Since 0.4.0: questions in a row without a usable answer, whatever the cause, that close the model for the run. */
const USELESS_AT_MOST = 2;

export type Outcome = 'answered' | 'unanswered' | 'unusable';

/** Keeps in mind how a question ended. */
export function noteOutcome({ state, release }: Host, step: string, outcome: Outcome): void {
  const { unanswered, unusable } = state.adviserHealth;
  if (release >= 4) return noteUseless(state, step, outcome);
  if (outcome === 'answered') state.adviserHealth = HEALTHY;
  else if (outcome === 'unusable') state.adviserHealth = { ...HEALTHY, unusable: unusable + 1 };
  else {
    state.adviserHealth = { unanswered: unanswered + 1, unusable, skipped: 0 };
    if (release >= 3 && unanswered + 1 >= GIVE_UP_AFTER && !state.adviserClosed)
      state.notes.push(
        said`${step}: ${unanswered + 1} questions in a row brought no reply; the search model answers the next ${TRY_AGAIN_AFTER}, then the model is asked once more`,
      );
  }
}

function noteUseless(state: RunState, step: string, outcome: Outcome): void {
  const { unanswered, unusable } = state.adviserHealth;
  if (outcome === 'answered') {
    state.adviserHealth = HEALTHY;
    return;
  }
  state.adviserHealth = { ...HEALTHY, unanswered, unusable, [outcome]: state.adviserHealth[outcome] + 1 };
  if (unanswered + unusable + 1 < USELESS_AT_MOST || state.adviserClosed) return;
  state.adviserClosed = said`${USELESS_AT_MOST} questions in a row brought nothing that could be used`;
  state.notes.push(
    said`${step}: ${state.adviserClosed}; the language model is not asked again in this run, the search model decides`,
  );
}

/** Whether the model is given up for now; counts the question that it is not asked. */
export function isGivenUp({ state, release }: Host): boolean {
  const { unanswered, skipped } = state.adviserHealth;
  // Since 0.4.0 it is closed instead.
  if (release < 3 || release >= 4 || unanswered < GIVE_UP_AFTER || skipped >= TRY_AGAIN_AFTER) return false;
  state.adviserHealth = { ...state.adviserHealth, skipped: skipped + 1 };
  return true;
}

/**
 * Does what ON_ADVISER_FAILURE says; `ask-again` after a person has resumed the run.
 *
 * @param why - What went wrong, in a sentence.
 * @throws EndRun when the setting or a person ends the run.
 */
export async function onAdviserFailure(host: Host, step: string, why: string): Promise<'ask-again' | 'fallback'> {
  const { state } = host;
  const policy = host.release >= 3 ? state.config.AGENT_SETTINGS.ON_ADVISER_FAILURE : 'fallback';
  if (policy === 'fallback') return 'fallback';
  if (policy === 'end')
    throw new EndRun(said`the language model failed at ${step} (ON_ADVISER_FAILURE is end): ${why}`, false);
  return waitForPerson(host, step, why);
}

/** Whether unusable answers have become a failure. */
export function tooManyUnusable({ state, release }: Host): boolean {
  const { unanswered, unusable } = state.adviserHealth;
  return release >= 4 ? unanswered + unusable >= USELESS_AT_MOST : unusable >= UNUSABLE_AT_MOST;
}

async function waitForPerson(host: Host, step: string, why: string): Promise<'ask-again' | 'fallback'> {
  const { state } = host;
  const { GATE_TIMEOUT } = state.config.AGENT_SETTINGS;
  state.notes.push(
    said`${step}: the language model failed (${why}); the run is paused (ON_ADVISER_FAILURE): resume it once that is mended, and it is asked again, or stop the run`,
  );
  const pausedBefore = state.inbox.paused;
  state.inbox = { ...state.inbox, paused: true };
  host.show();
  const since = host.now();
  tellWaiting(host, { id: `paused/${step}`, since, paused: true });
  const told = await host.waitUntil(
    () => !state.inbox.paused || state.inbox.stop !== null,
    GATE_TIMEOUT === null ? null : GATE_TIMEOUT * 1000,
    `nobody mends the language model: the search model answers ${step} (GATE_TIMEOUT ${GATE_TIMEOUT} s)`,
  );
  state.waitedMs += host.now() - since;
  // A time-out answers for the adviser, not for a person who had paused the run.
  state.inbox = { ...state.inbox, paused: !told && pausedBefore };
  host.show();
  endIfAsked(host);
  // A stop of the parameter in hand is honoured before its next training; until then the search model will do.
  if (state.inbox.stop !== null) return 'fallback';
  if (!told) {
    state.notes.push(
      said`${step}: nobody resumed the run within GATE_TIMEOUT (${GATE_TIMEOUT} s): the search model answers`,
    );
    return 'fallback';
  }
  state.adviserClosed = null;
  state.adviserHealth = HEALTHY;
  return 'ask-again';
}
