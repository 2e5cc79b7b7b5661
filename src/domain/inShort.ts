/** One line for a step of a run, as Temporal's Web UI lists it. */
import { formatsOf } from './formats.ts';
import { poolOf } from './pool.ts';
import type { RunState } from './runState.ts';
import { incumbentOf } from './runTrials.ts';

/**
 * `trial 3 · LEARNING_RATE = 2e-5 · round 1 of 4 · best 0.7006`.
 *
 * @param round - Of the parameter in hand; absent or null: the trainings used of the pool are told instead.
 */
export function inShort(state: RunState, what: string, round: number | null = null): string {
  const best = incumbentOf(state);
  return [what, progressIn(state, round), best ? `best ${formatsOf(state).formatScore(best.result.score)}` : null]
    .filter((part) => part !== null)
    .join(' · ');
}

function progressIn({ config, phase, spent }: RunState, round: number | null): string | null {
  if (round !== null) return `round ${round} of ${config.AGENT_SETTINGS.ROUNDS_PER_PARAM}`;
  return phase === 'tuning' && spent > 0 ? `${spent} of ${poolOf(config)} trainings used` : null;
}

/** The server takes 400 bytes, and a character may have three. */
const LONGEST = 120;

/** A text cut to what the server takes as a summary. */
export function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}
