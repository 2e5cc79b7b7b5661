/** Where a person may decide: after a round, and between parameters. */
import { answerGate } from '../domain/decisions.ts';
import type { Gate, GateAnswer } from '../domain/decisions.ts';
import type { Host } from './host.ts';
import { EndRun } from './outcomes.ts';

/**
 * Asks, and waits for as long as it takes: hours or days cost nothing.
 *
 * @throws EndRun when a person stops the run.
 */
export async function ask(host: Host, kind: Gate['kind'], key: string): Promise<Exclude<GateAnswer, 'wait' | 'end'>> {
  const { state } = host;
  const { GATE_TIMEOUT } = state.config.AGENT_SETTINGS;
  const opened = host.now();
  const deadline = GATE_TIMEOUT === null ? null : opened + GATE_TIMEOUT * 1000;
  const id = kind === 'round' ? `${key}/round-${state.round}` : `${key}/end`;
  state.inbox = { ...state.inbox, gate: { id, kind, key, round: state.round, deadline } };
  let timedOut = false;
  let given = answerGate(state.inbox, kind, timedOut);
  if (given.answer === 'wait') host.show();
  while (given.answer === 'wait') {
    const left = deadline === null || state.inbox.paused ? null : Math.max(0, deadline - host.now());
    const arrived = await host.waitUntil(
      () =>
        answerGate(state.inbox, kind, false).answer !== 'wait' ||
        (left === null) !== (deadline === null || state.inbox.paused),
      left,
    );
    timedOut = !arrived && !state.inbox.paused;
    given = answerGate(state.inbox, kind, timedOut);
  }
  state.inbox = given.inbox;
  state.waitedMs += host.now() - opened;
  if (timedOut) state.notes.push(`${id}: nobody answered within GATE_TIMEOUT (${GATE_TIMEOUT} s), so the run went on`);
  if (given.answer === 'end') throw new EndRun('a person stopped the run', true);
  endIfOutOfTime(host);
  return given.answer as Exclude<GateAnswer, 'wait' | 'end'>;
}

/** Honours a stop of the whole run between steps that have no gate. */
export function endIfAsked(host: Host): void {
  if (host.state.inbox.stop === 'run') throw new EndRun('a person stopped the run', true);
  endIfOutOfTime(host);
}

function endIfOutOfTime(host: Host): void {
  const { state } = host;
  const limit = state.config.AGENT_SETTINGS.MAX_RUN_SECONDS;
  const seconds = (host.now() - state.startedAt - state.waitedMs) / 1000;
  if (limit !== null && seconds >= limit) throw new EndRun(`MAX_RUN_SECONDS (${limit}) is used up`, false);
}
