/**
 * An opening for long trainings: many changes on a share of the rows, the better half on twice as many, and so on
 * (successive halving: Jamieson & Talwalkar 2016, Non-stochastic Best Arm Identification, AISTATS). Scores on a share say
 * which changes to try first on all rows, never which is best.
 */

/** Shares of the rows, each twice the one before, all below 1. */
export function sharesFrom(first: number): number[] {
  const shares = [];
  for (let share = first; share < 1; share *= 2) shares.push(share);
  return shares;
}

/** Trainings of the pool that a rung takes, the default's own among them; a share of the rows is that share of one. */
export const costOf = (contestants: number, share: number): number => Math.ceil((contestants + 1) * share);

/**
 * The better half, of those that are ahead of the default on the same rows.
 *
 * @param scores - Of each contestant, in their order; null: it failed.
 */
export function survivors<Contestant>(
  contestants: readonly Contestant[],
  scores: readonly (number | null)[],
  reference: number | null,
): { contestant: Contestant; score: number }[] {
  return contestants
    .flatMap((contestant, index) => {
      const score = scores[index] ?? null;
      return score !== null && (reference === null || score > reference) ? [{ contestant, score }] : [];
    })
    .sort((a, b) => b.score - a.score)
    .slice(0, Math.ceil(contestants.length / 2));
}
