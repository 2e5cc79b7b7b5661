/**
 * Work on a finished trial's model: done where the model lies, by anybody once that place is gone, and after another
 * training where nobody has it any more, since a model that nobody has cannot be published.
 */
import { MODELS_LOST } from '../domain/failures.ts';
import type { LostModels } from '../domain/failures.ts';
import { inShort } from '../domain/inShort.ts';
import { said } from '../domain/said.ts';
import type { ScoredTrial, TrialResult } from '../domain/trials.ts';
import type { Host, Steps } from './host.ts';
import { trainRequest } from './trainRequest.ts';
import { allowance, counted } from './trainingTime.ts';

/** Places that may be lost one after the other under the same work, before it is given up. */
const MOST_LOSSES = 3;

/** Does work that needs a trial's model. The score that was recorded stands; another digest is noted. */
export async function nearModel<T>(host: Host, trial: ScoredTrial, work: (steps: Steps) => Promise<T>): Promise<T> {
  for (let losses = 0; ;) {
    try {
      return await work(host.stepsAt(placeOf(trial)));
    } catch (error) {
      if (forgetUnreached(host, error, placeOf(trial))) continue;
      if (!lostIn(host, error).includes(trial.id) || losses === MOST_LOSSES) throw error;
      losses += 1;
      await restore(host, trial);
    }
  }
}

/** Does work at a place, or, when nobody there takes it, wherever its usual queue is served. */
export async function atPlaceOrAnywhere<T>(
  host: Host,
  place: string | null,
  work: (steps: Steps) => Promise<T>,
): Promise<T> {
  try {
    return await work(host.stepsAt(place));
  } catch (error) {
    if (!forgetUnreached(host, error, place)) throw error;
    return work(host.steps);
  }
}

/** `nearModel` before 0.5.0, for several models that lie together or are lost: each is trained again once. */
export async function restoringModels<T>(
  host: Host,
  trials: readonly ScoredTrial[],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const lost = lostIn(host, error);
    if (lost.length === 0) throw error;
    for (const trial of trials.filter(
      ({ id }, index) => lost.includes(id) && trials.findIndex((other) => other.id === id) === index,
    ))
      await restore(host, trial);
    return work();
  }
}

export const placeOf = ({ result }: ScoredTrial): string | null => result.at ?? null;

/** The trials whose models a failure names as lost; none for any other failure. */
export function lostIn(host: Host, error: unknown): string[] {
  const { type, details } = host.describeError(error);
  return type === MODELS_LOST ? (details as LostModels).trials : [];
}

/**
 * Where nobody answered at a place, its trials are looked for everywhere from then on: another worker may have the same
 * disks. False when that is not what happened.
 */
export function forgetUnreached(host: Host, error: unknown, place: string | null): boolean {
  if (place === null || !host.isUnreached(error)) return false;
  const { state } = host;
  for (const { result } of state.trials) if (result?.at === place) result.at = null;
  state.notes.push(said`no worker answered at ${place}: what lies there is looked for elsewhere`);
  return true;
}

async function restore(host: Host, trial: ScoredTrial): Promise<void> {
  const { modelDigest, at } = await trainAgain(host, trial);
  if (host.release >= 5) trial.result.at = at ?? null;
  const same = modelDigest === trial.result.modelDigest;
  host.state.notes.push(
    said`the model of trial ${trial.number} was lost with its host and was trained again: ${same ? said`it is the same, bit by bit` : said`its weights differ from the lost ones (another machine), its score was taken from the first training`}`,
  );
}

/**
 * Trains a finished trial anew, for its model.
 *
 * @throws EndRun when no training time is left; else what the training throws: there is no other configuration to try.
 */
async function trainAgain(host: Host, trial: ScoredTrial): Promise<TrialResult> {
  const reuse = host.release >= 4 ? { reuse: host.state.config.AGENT_SETTINGS.REUSE_TRIALS } : {};
  const request = { ...trainRequest(host, trial, allowance(host, 1)), ...reuse, modelNeeded: true };
  const waits: number[] = [];
  const again = () =>
    host.steps.trainTrial(inShort(host.state, `trial ${trial.number} again: its model was lost`), request);
  const result = await counted(host, waits, again);
  if (host.release >= 4) host.state.waitedMs += waits[0] ?? 0;
  return result;
}
