/** Whether a trial replaces the best so far: at once when noise does not explain its lead, else after a race of seeds. */
import { scoresOf, seedsToRun, standing } from '../domain/challenge.ts';
import { challengeOutcome, challenged } from '../domain/challengeWords.ts';
import { accept, competes, incumbentOf, trainingsLeft } from '../domain/runState.ts';
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
  for (;;) {
    const challenger = scoresOf(state, trial.values);
    const defender = scoresOf(state, incumbent.values);
    const now = standing(challenger, defender, sd);
    const seeds = now.verdict === 'unclear' ? seedsToRun(challenger, defender) : [];
    const room = Math.min(seeds.length, slotsOf(state), trainingsLeft(state));
    if (room === 0) {
      const replaces = now.verdict !== 'behind';
      if (replaces) accept(state, trial);
      const pairs = now.seeds.map((seed) => ({
        seed,
        challenger: challenger.get(seed)!,
        incumbent: defender.get(seed)!,
      }));
      if (pairs.length > 1)
        state.notes.push(`trial ${trial.number} (${trialTitle(trial)}): ${challengeOutcome(pairs, replaces).en}`);
      host.show();
      return;
    }
    state.spent += room;
    const repeats = await trainAll(
      host,
      seeds.slice(0, room).map((seed) => ({
        purpose: 'repeat' as const,
        key: trial.key,
        values: trial.values,
        proposedBy: 'agent' as const,
        seed,
        reason: challenged(trial.result.score, incumbent.result.score, state.noise!, seed),
      })),
    );
    // A challenger that cannot be trained with another seed, or only after a remedy, is none to rely on.
    if (!repeats.every((repeat) => isScored(repeat) && repeat.remedies.length === 0)) {
      state.notes.push(
        `trial ${trial.number} (${trialTitle(trial)}) does not replace the best so far: a repeat failed`,
      );
      return;
    }
  }
}
