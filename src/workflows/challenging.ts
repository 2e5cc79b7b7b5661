/** Whether a trial replaces the best so far: at once when noise does not explain its lead, else after a race of seeds. */
import { scoresOf, seedsToRun, standing } from '../domain/challenge.ts';
import { formatDelta, formatScore, trialTitle } from '../domain/progress.ts';
import { accept, competes, incumbentOf, trainingsLeft } from '../domain/runState.ts';
import { slotsOf } from '../domain/slots.ts';
import { said } from '../domain/suggestions.ts';
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
      if (now.verdict !== 'behind') accept(state, trial);
      if (now.seeds.length > 1)
        state.notes.push(
          `trial ${trial.number} (${trialTitle(trial)}) ${now.verdict === 'behind' ? 'does not replace' : 'replaces'} the best so far: ${formatDelta(now.mean)} ± ${formatScore(now.error)} on average over ${now.seeds.length} seeds in common`,
        );
      host.show();
      return;
    }
    const reason = said(
      `领先 ${formatDelta(now.mean)} 仍在噪声 ±${formatScore(now.error)} 之内，因此用当前最优的种子重复。`,
      `Its lead of ${formatDelta(now.mean)} lies within noise (± ${formatScore(now.error)}), so it is repeated on a seed of the best so far.`,
    );
    state.spent += room;
    const repeats = await trainAll(
      host,
      seeds.slice(0, room).map((seed) => ({
        purpose: 'repeat' as const,
        ...{ key: trial.key, values: trial.values, proposedBy: 'agent' as const, reason, seed },
      })),
    );
    // A challenger that cannot be trained with another seed is none to rely on.
    if (!repeats.every(isScored)) {
      state.notes.push(
        `trial ${trial.number} (${trialTitle(trial)}) does not replace the best so far: a repeat failed`,
      );
      return;
    }
  }
}
