/** How far a score can be trusted: the sampling noise of a rank correlation. */

/** Correlation assumed between the scores of two fine-tunings of one model on the same pairs. */
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
 * Two models scored on the same pairs share most of their noise; PAIRED_CORRELATION is a usual size for two
 * fine-tunings of one
 * base. It guides readers during a run; the held-out confirmation uses a paired bootstrap and assumes nothing.
 */
export function noticeableDifference(score: number, pairs: number): number {
  return 1.96 * standardError(score, pairs) * Math.sqrt(2 * (1 - PAIRED_CORRELATION));
}
