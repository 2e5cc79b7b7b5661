/** How far a score can be trusted: the sampling noise of its rows, as far as the metric's scale says anything of it. */
import type { Metric } from './metric.ts';

/**
 * Correlation assumed between the scores of two fine-tunings of one model on the same rows. Measured on 500 pairs of the
 * bundled data (trainer's `confirm.py`): .99 between the default and 2.5 times its rate, .90 to five times and three epochs.
 */
const PAIRED_CORRELATION = 0.9;

/**
 * What scores of any scale are measured in, so that guesses made for scores between 0 and 1 suit them: the size of the
 * first one. 1 where the scale is known.
 *
 * @param scores - In the order in which they came.
 */
export function scoreUnit({ scale }: Pick<Metric, 'scale'>, scores: readonly number[]): number {
  if (scale !== 'free') return 1;
  return Math.abs(scores.find((score) => score !== 0) ?? 1);
}

/**
 * Standard error of a score; null where it is not known: a metric of any scale, or no rows that are known.
 *
 * A correlation's: Fisher's z with the variance (1 + r²/2)/(n − 3) of Bonett & Wright (2000, Psychometrika 65:23–28),
 * brought back to r by the delta method. A share's: that of a binomial proportion, which no mean of numbers in 0..1
 * exceeds, with one success and one failure added, so that a share of 1 is not thought to be exact. A score
 * outside its scale, as rounding or an own metric may leave it, has the error of the end that it passed.
 *
 * @param rows - Pairs, queries or the like that it was computed on; fewer than 4 of a correlation: the error is 1.
 */
export function standardError(score: number, rows: number, { scale }: Pick<Metric, 'scale'>): number | null {
  if (scale === 'free') return null;
  if (scale === 'share') {
    if (rows === 0) return null;
    const share = (rows * Math.min(1, Math.max(0, score)) + 1) / (rows + 2);
    return Math.sqrt((share * (1 - share)) / rows);
  }
  if (rows < 4) return 1;
  const squared = Math.min(1, score * score);
  return (1 - squared) * Math.sqrt((1 + squared / 2) / (rows - 3));
}

/**
 * The difference below which two scores on the same rows are not told apart (95 %); null where that is not known.
 *
 * Two models scored on the same rows share most of their noise. It is about rows alone: what another seed would score
 * is the measured `Noise`. It guides readers during a run; the held-out confirmation measures both and assumes neither.
 */
export function noticeableDifference(score: number, rows: number, metric: Pick<Metric, 'scale'>): number | null {
  const error = standardError(score, rows, metric);
  return error === null ? null : 1.96 * error * Math.sqrt(2 * (1 - PAIRED_CORRELATION));
}
