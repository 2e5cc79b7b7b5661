/** How far a score can be trusted: the sampling noise of a rank correlation. */

/**
 * Correlation assumed between the scores of two fine-tunings of one model on the same pairs. Measured on 500 pairs of the
 * bundled data (trainer's `confirm.py`): .99 between the default and 2.5 times its rate, .90 to five times and three epochs.
 */
const PAIRED_CORRELATION = 0.9;

/**
 * Standard error of a Spearman correlation.
 *
 * Fisher's z with the variance (1 + r²/2)/(n − 3) of Bonett & Wright (2000, Psychometrika 65:23–28), brought back to r
 * by the delta method.
 *
 * @param score - Correlation, −1..1.
 * @param pairs - Pairs it was computed on; 4 or more, else the error is 1.
 */
export function standardError(score: number, pairs: number): number {
  if (pairs < 4) return 1;
  return (1 - score * score) * Math.sqrt((1 + (score * score) / 2) / (pairs - 3));
}

/**
 * The difference below which two scores on the same pairs are not told apart (95 %).
 *
 * Two models scored on the same pairs share most of their noise. It is about pairs alone: what another seed would score
 * is the measured `Noise`. It guides readers during a run; the held-out confirmation measures both and assumes neither.
 */
export function noticeableDifference(score: number, pairs: number): number {
  return 1.96 * standardError(score, pairs) * Math.sqrt(2 * (1 - PAIRED_CORRELATION));
}
