/**
 * Steps 4 and 5: the pool of trainings, spent where the search model of all keys expects most.
 *
 * `by_parameter` tunes the planned keys one after the other, as the original does, leaves each as soon as nothing above
 * noise is expected of it, and gives what is left to whichever single change promises most. `adaptive` and `free` decide
 * before every training which key it changes.
 */
import { currentValues } from '../domain/configurations.ts';
import { endOfParameter } from '../domain/inbox.ts';
import { trainingsLeft } from '../domain/pool.ts';
import { freshSeeds, incumbentOf } from '../domain/runTrials.ts';
import { said } from '../domain/said.ts';
import { slotsOf } from '../domain/slots.ts';
import type { Reason } from '../domain/trials.ts';
import { challenge } from './challenging.ts';
import { decideNext } from './deciding.ts';
import type { Next } from './deciding.ts';
import { keepRecord } from './ending.ts';
import { ask, endIfAsked, stoppedBeforeTraining } from './gates.ts';
import type { Host } from './host.ts';
import { train, trainAll } from './training.ts';

/**
 * @throws EndRun when a person or a budget ends the run; what was measured so far counts.
 */
export async function search(host: Host): Promise<void> {
  const { state } = host;
  await host.grouped('earlier runs', () => tryHints(host));
  while (state.queue.length > 0 && trainingsLeft(state) > 0) {
    const [key] = state.queue as [string];
    await host.grouped(key, () => tuneParameter(host, key));
    await keepRecord(host);
    await host.boundary();
  }
  for (const key of state.queue) state.notes.push(said`${key} is not tuned: the pool of trainings is used up`);
  state.queue = [];
  await host.grouped('all parameters', () => searchAllKeys(host));
}

/**
 * What earlier runs believe in comes first, whatever keys it is about: a winner is one training as a whole, and nothing is
 * learnt from its parts. What the search model finds measured already is dropped.
 */
async function tryHints(host: Host): Promise<void> {
  const { state } = host;
  while (state.hints.length > 0 && trainingsLeft(state) > 0) {
    const waiting = state.hints.length;
    endIfAsked(host);
    host.show();
    const next = await decideNext(host, {
      step: `next-${state.spent + 1}`,
      keys: null,
      count: Math.min(slotsOf(state), waiting, trainingsLeft(state)),
      leaves: false,
    });
    if ('end' in next) return;
    await trainNext(host, next, null);
    if (state.hints.length === waiting) state.hints = [];
    if (trainingsLeft(state) > 0) await askForMore(host);
  }
}

/** Rounds of one changed value each, or some at once where the machine has slots; then the best value is fixed. */
async function tuneParameter(host: Host, key: string): Promise<void> {
  const { state } = host;
  const rounds = state.config.AGENT_SETTINGS.ROUNDS_PER_PARAM;
  let why = said`all ${rounds} rounds`;
  let reason: Reason | null = null;
  let askAboutNext = true;
  state.round = 1;
  while (state.round <= rounds && trainingsLeft(state) > 0) {
    endIfAsked(host);
    host.show();
    const next = await decideNext(host, {
      step: `next-${state.spent + 1}`,
      keys: [key],
      count: Math.min(slotsOf(state), rounds - state.round + 1, trainingsLeft(state)),
      leaves: state.round > 1,
    });
    const stopped = stoppedBeforeTraining(host);
    if (stopped) {
      why = stoppedAfter(state.round - 1);
      askAboutNext = stopped === 'ask-parameter';
      break;
    }
    if ('end' in next) {
      why = said`${next.end} after ${state.round - 1} rounds`;
      reason = next.reason;
      break;
    }
    const ofKey = await trainNext(host, next, key);
    const nextRound = state.round + ofKey;
    // Until it is answered, the question is about the round that has just been measured.
    if (ofKey > 0) state.round = nextRound - 1;
    const more = nextRound <= rounds && trainingsLeft(state) > 0;
    const id = ofKey > 0 ? `${key}/round-${state.round}` : `${key}/training-${state.spent}`;
    const answer = more
      ? await ask(host, { id, kind: 'round', key, valueFor: key, keeps: state.queue.slice(1) })
      : 'continue';
    state.round = nextRound;
    if (answer === 'continue') continue;
    why = stoppedAfter(nextRound - 1);
    askAboutNext = answer === 'ask-parameter';
    break;
  }
  if (trainingsLeft(state) === 0 && state.round <= rounds) why = said`the pool of trainings is used up`;
  const skipQuestion = fix(host, key, why, reason);
  const [following] = state.queue;
  if (following && askAboutNext && !skipQuestion && trainingsLeft(state) > 0)
    await ask(host, {
      id: `${key}/end`,
      kind: 'parameter',
      key,
      valueFor: following,
      keeps: state.queue.slice(1),
    });
}

const stoppedAfter = (rounds: number): string => said`stopped by a person after ${rounds} rounds`;

/** Ends a parameter; true when a person has said already what is to follow. */
function fix(host: Host, key: string, why: string, reason: Reason | null): boolean {
  const { state } = host;
  const rounds = state.trials.filter((trial) => trial.purpose === 'round' && trial.key === key).length;
  const trial = incumbentOf(state)?.id ?? '';
  state.fixed.push({ key, value: currentValues(state)[key]!, trial, rounds, why, reason });
  state.queue = state.queue.slice(1);
  state.round = 0;
  const { inbox, skipQuestion } = endOfParameter(state.inbox, key, { perKey: true });
  state.inbox = { ...inbox, overrides: state.inbox.overrides };
  const { wish } = state.inbox;
  if (wish) {
    state.queue = [wish.key, ...state.queue.filter((name) => name !== wish.key)];
    state.inbox = { ...state.inbox, wish: null };
  }
  host.show();
  return skipQuestion || wish !== null;
}

/** Every training changes what promises most: one key of the best so far, or several where SEARCH is free. */
async function searchAllKeys(host: Host): Promise<void> {
  const { state } = host;
  const { ROUNDS_PER_PARAM } = state.config.AGENT_SETTINGS;
  // Before 0.5.0 every execution but the first continued as new after each batch.
  let since = host.release >= 5 ? state.spent : 0;
  let batches = 0;
  while (trainingsLeft(state) > 0) {
    endIfAsked(host);
    if (batches > 0 || state.fixed.length > 0) await askForMore(host);
    host.show();
    const next = await decideNext(host, {
      step: `next-${state.spent + 1}`,
      keys: null,
      count: Math.min(slotsOf(state), trainingsLeft(state)),
      leaves: true,
    });
    endIfAsked(host);
    if ('end' in next) {
      state.searchEnd = next.reason;
      state.notes.push(
        said`the search ended with ${trainingsLeft(state)} trainings left: ${next.reason?.en ?? next.end}`,
      );
      return;
    }
    await trainNext(host, next, null);
    batches += 1;
    if (state.spent - since < ROUNDS_PER_PARAM) continue;
    since = state.spent;
    await keepRecord(host);
    await host.boundary();
  }
}

async function askForMore(host: Host): Promise<void> {
  const last = host.state.trials.at(-1);
  await ask(host, {
    id: `training-${host.state.spent}`,
    kind: 'training',
    key: last?.key ?? '',
    valueFor: null,
    keeps: [],
  });
}

/** Trains what was decided and holds it against the incumbent; returns how many rounds of `key` that were. */
async function trainNext(host: Host, next: Exclude<Next, { end: string }>, key: string | null): Promise<number> {
  const { state } = host;
  if ('repeat' in next) {
    await repeatIncumbent(host, next);
    return 0;
  }
  let round = key === null ? null : state.round - 1;
  const attempts = next.train.map(({ values, change, proposedBy, origin, reason, predicted }) => {
    const keys = Object.keys(change);
    const ofKey = keys.length === 1 && keys[0] === key;
    if (ofKey) round! += 1;
    const single = keys.length === 1 ? keys[0]! : null;
    return {
      purpose: 'round' as const,
      key: single,
      round: ofKey ? round : null,
      values,
      change,
      proposedBy,
      origin,
      reason,
      predicted,
    };
  });
  state.spent += attempts.length;
  const trials = await trainAll(host, attempts);
  const changed = new Set(attempts.flatMap(({ change }) => Object.keys(change)));
  state.probes = state.probes.filter((name) => !changed.has(name));
  for (const trial of trials) await challenge(host, trial);
  return attempts.filter((attempt) => attempt.round !== null).length;
}

async function repeatIncumbent(host: Host, { repeat, proposedBy }: Extract<Next, { repeat: unknown }>): Promise<void> {
  const { state } = host;
  const best = incumbentOf(state)!;
  state.spent += 1;
  await train(host, {
    purpose: 'repeat',
    key: null,
    values: best.values,
    proposedBy,
    reason: repeat,
    seed: freshSeeds(state, 1)[0]!,
  });
}
