/** Where a person may decide: after a round, and between parameters. */
import { answerGate, endsRun, stopAtRound } from '../domain/inbox.ts';
import type { Gate, GateAnswer } from '../domain/inbox.ts';
import { said } from '../domain/said.ts';
import type { Host } from './host.ts';
import { tellWaiting } from './notifying.ts';
import { EndRun } from './outcomes.ts';

/**
 * Asks, and waits for as long as it takes: hours or days cost nothing.
 *
 * @param valueFor - The key that is trained next if the answer is yes.
 * @throws EndRun when a person stops the run, or its time is up.
 */
export async function ask(
  host: Host,
  question: Pick<Gate, 'kind' | 'key' | 'valueFor' | 'keeps'> & { id?: string },
): Promise<Exclude<GateAnswer, 'wait' | 'end'>> {
  const { state } = host;
  if (host.release >= 3) endIfAsked(host);
  const { GATE_TIMEOUT } = state.config.AGENT_SETTINGS;
  const opened = host.now();
  const deadline = GATE_TIMEOUT === null ? null : opened + GATE_TIMEOUT * 1000;
  const { kind, key } = question;
  const id = question.id ?? (kind === 'round' ? `${key}/round-${state.round}` : `${key}/end`);
  state.inbox = { ...state.inbox, gate: { ...question, id, round: state.round, deadline } };
  const given = await answered(host, id, deadline);
  state.inbox = given.inbox;
  state.waitedMs += host.now() - opened;
  if (host.release >= 3) host.show();
  if (given.answer === 'end') throw stoppedByPerson();
  endIfOutOfTime(host);
  return given.answer as Exclude<GateAnswer, 'wait' | 'end'>;
}

async function answered(host: Host, id: string, deadline: number | null): Promise<ReturnType<typeof answerGate>> {
  const { state } = host;
  const perKey = host.release >= 3;
  let given = answerGate(state.inbox, { timedOut: false, perKey });
  if (given.answer === 'wait') {
    tellWaiting(host, { id, since: host.now(), paused: false });
    host.show();
  }
  while (given.answer === 'wait') {
    const left = deadline === null || state.inbox.paused ? null : Math.max(0, deadline - host.now());
    const arrived = await host.waitUntil(
      () =>
        answerGate(state.inbox, { timedOut: false, perKey }).answer !== 'wait' ||
        (left === null) !== (deadline === null || state.inbox.paused),
      left,
      `nobody answers ${id}: the run goes on by itself (GATE_TIMEOUT ${state.config.AGENT_SETTINGS.GATE_TIMEOUT} s)`,
    );
    const timedOut = !arrived && !state.inbox.paused;
    given = answerGate(state.inbox, { timedOut, perKey });
    if (timedOut && given.answer === 'continue')
      state.notes.push(
        said`${id}: nobody answered within GATE_TIMEOUT (${state.config.AGENT_SETTINGS.GATE_TIMEOUT} s), so the run went on`,
      );
  }
  return given;
}

/** Honours a stop of the whole run between steps that have no gate. */
export function endIfAsked(host: Host): void {
  if (endsRun(host.state.inbox)) throw stoppedByPerson();
  endIfOutOfTime(host);
}

/** Whether a person stopped the parameter in hand before its next training began; null when nobody did. */
export function stoppedBeforeTraining(host: Host): 'ask-parameter' | 'next-parameter' | null {
  if (host.release < 3) return null;
  endIfAsked(host);
  return host.state.inbox.stop === null ? null : stopAtRound(host.state.inbox);
}

const stoppedByPerson = (): EndRun => new EndRun(said`a person stopped the run`, true);

/** @throws EndRun when MAX_RUN_SECONDS is used up. */
export function endIfOutOfTime(host: Host): void {
  const left = runSecondsLeft(host);
  const limit = host.state.config.AGENT_SETTINGS.MAX_RUN_SECONDS;
  if (left !== null && left <= 0) throw new EndRun(said`MAX_RUN_SECONDS (${limit}) is used up`, false);
}

/** Seconds that the run may still take, waiting for people and for a free worker left out; null = no limit. */
export function runSecondsLeft(host: Host): number | null {
  const { state } = host;
  const limit = state.config.AGENT_SETTINGS.MAX_RUN_SECONDS;
  return limit === null ? null : Math.max(0, limit - secondsSoFar(host));
}

/** Seconds that the run has taken, waiting for people and for a free worker left out. */
export const secondsSoFar = ({ state, now }: Host): number => (now() - state.startedAt - state.waitedMs) / 1000;
