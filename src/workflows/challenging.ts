/** Whether a trial replaces the best so far: at once when noise does not explain its lead, else after a race of seeds. */
import { pairsToRun, scoresOf, standing } from '../domain/challenge.ts';
import { challengeOutcome, challenged } from '../domain/challengeWords.ts';
import { formatsOf } from '../domain/formats.ts';
import { trainingsLeft } from '../domain/pool.ts';
import { accept, competes, freshSeeds, incumbentOf } from '../domain/runTrials.ts';
import { said } from '../domain/said.ts';
import { slotsOf } from '../domain/slots.ts';
import { trialTitle } from '../domain/trialWords.ts';
import type { Trial } from '../domain/trials.ts';
import { isScored } from '../domain/trials.ts';
import type { Host } from './host.ts';
import { trainAll } from './training.ts';

/**
 * Holds one measured trial against the incumbent. Repeats come out of the pool, since they are trainings like any other.
 *
 * @throws EndRun as a training does.
 */
export async function challenge(host: Host, trial: Trial): Promise<void> {
  const { state } = host;
  if (!isScored(trial) || !competes(trial)) return;
  const incumbent = incumbentOf(state);
  if (incumbent?.id === trial.id) return;
  if (!incumbent) return accept(state, trial);
  const sd = state.noise?.atBase ?? 0;
  // A guess of the noise is not worth trainings.
  const measuredNoise = (state.noise?.repeats ?? 0) > 0;
  for (;;) {
    const challenger = scoresOf(state, trial.values);
    const defender = scoresOf(state, incumbent.values);
    const now = standing(challenger, defender, sd);
    const pairs =
      now.verdict === 'unclear' && measuredNoise ? pairsToRun(challenger, defender, freshSeeds(state, 1)[0]!) : [];
    const room = roomFor(host, pairs);
    if (room === 0) {
      // What noise may explain, and no training is left to find out, replaces nothing.
      const replaces = now.verdict === 'ahead' || (now.verdict === 'unclear' && pairs.length === 0);
      if (replaces) accept(state, trial);
      else if (pairs.length > 0)
        state.notes.push(
          said`trial ${trial.number} (${trialTitle(trial)}) is ahead by no more than noise explains, and no training is left to repeat it: the best so far stays`,
        );
      const seen = now.seeds.map((seed) => ({
        seed,
        challenger: challenger.get(seed)!,
        incumbent: defender.get(seed)!,
      }));
      if (seen.length > 1)
        state.notes.push(
          said`trial ${trial.number} (${trialTitle(trial)}): ${challengeOutcome(seen, replaces, formatsOf(state)).en}`,
        );
      host.show();
      return;
    }
    state.spent += room;
    const repeats = await trainAll(
      host,
      pairs.slice(0, room).map(({ of, seed }) => ({
        purpose: 'repeat' as const,
        key: of === 'challenger' ? trial.key : incumbent.key,
        values: of === 'challenger' ? trial.values : incumbent.values,
        proposedBy: 'agent' as const,
        seed,
        reason: challenged(trial.result.score, incumbent.result.score, { noise: state.noise!, seed }, formatsOf(state)),
      })),
    );
    // A challenger that cannot be trained with another seed, or only after a remedy, is none to rely on.
    if (!repeats.every((repeat) => isScored(repeat) && repeat.remedies.length === 0)) {
      state.notes.push(
        said`trial ${trial.number} (${trialTitle(trial)}) does not replace the best so far: a repeat failed`,
      );
      return;
    }
  }
}

/** Trainings that may be made now; a pair that was begun for both is made whole, or not at all. */
function roomFor({ state }: Host, pairs: readonly { of: string }[]): number {
  const left = Math.min(pairs.length, trainingsLeft(state));
  if (pairs.some(({ of }) => of === 'incumbent')) return left === pairs.length ? left : 0;
  return Math.min(left, slotsOf(state));
}
