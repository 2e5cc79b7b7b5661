/** The time of trainings: what each may take, and what each took. */
import { said } from '../domain/said.ts';
import type { TrialResult } from '../domain/trials.ts';
import { trainingAllowance } from '../domain/usage.ts';
import { endIfOutOfTime, runSecondsLeft } from './gates.ts';
import type { Host } from './host.ts';
import { EndRun } from './outcomes.ts';

/**
 * Seconds that each of some trainings may take, of the budget for trainings and of the run's time; null = no limit.
 *
 * @throws EndRun when no training time is left.
 */
export function allowance(host: Host, together: number): number | null {
  const { usage, config, phase } = host.state;
  const seconds = trainingAllowance(usage, config.AGENT_SETTINGS, together);
  if (seconds === 0)
    throw new EndRun(said`MAX_TRAIN_SECONDS (${config.AGENT_SETTINGS.MAX_TRAIN_SECONDS}) is used up`, false);
  // What comes after the tuning (fresh seeds, a lost model) is not cut off by the time that the tuning had.
  const tuning = phase === 'baseline' || phase === 'planning' || phase === 'tuning';
  if (host.release < 3 || !tuning) return seconds;
  endIfOutOfTime(host);
  const left = runSecondsLeft(host);
  return left === null ? seconds : Math.min(left, seconds ?? left);
}

/**
 * A training that a person may end at once, with its seconds in the ledger however it ends.
 *
 * @param waits - Milliseconds that each of the trainings beside it waited for a free worker; this one's is added.
 */
export async function counted(host: Host, waits: number[], work: () => Promise<TrialResult>): Promise<TrialResult> {
  const began = host.now();
  try {
    // Without the model that is published there is nothing to stop for.
    const result = await (host.state.phase === 'publishing' ? work() : host.interruptible(work));
    spend(host, waits, result.from ? 0 : result.trainSeconds, began);
    return result;
  } catch (error) {
    const facts = error instanceof EndRun ? host.describeError(error.cause).details : host.failureOf(error)?.facts;
    spend(host, waits, trainSecondsIn(facts), began);
    throw error;
  }
}

/** Seconds of training that an unfinished activity tells of. */
function trainSecondsIn(facts: unknown): number {
  const seconds = Number((facts as Record<string, unknown> | null | undefined)?.['train_seconds'] ?? 0);
  return Number.isFinite(seconds) ? seconds : 0;
}

/** Counts a training's seconds; what the activity took beyond them was waiting for a free worker, which the run's time leaves out. */
function spend({ state, now, release }: Host, waits: number[], seconds: number, began: number): void {
  state.usage = { ...state.usage, trainSeconds: state.usage.trainSeconds + seconds };
  // A training that was waited for loads model and data first, which is no waiting.
  const loading = release >= 6 ? (state.timing?.startup ?? 0) : 0;
  const waited = Math.max(0, now() - began - (seconds + loading) * 1000);
  if (release >= 4) waits.push(waited);
  else if (release >= 3) state.waitedMs += waited;
}
