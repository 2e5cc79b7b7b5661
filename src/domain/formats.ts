/** Numbers as people read them, the same on every screen and in every report. */
import { metricOf, shownScore } from './metric.ts';
import type { Metric, MetricSettings, ScoredRun } from './metric.ts';

/** A parameter value as people read it: 2e-5 rather than 0.00002. */
export function formatValue(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'string') return value;
  if (value !== 0 && Math.abs(value) < 1e-3)
    return value
      .toExponential()
      .replace(/e([+-])0*/, 'e$1')
      .replace('e+', 'e');
  return String(value);
}

type Score = number | null | undefined;
export interface Interval {
  low: number;
  high: number;
}

/** Numbers of one metric as people read them: the metric as it is, whichever direction wins. */
export interface ScoreFormats {
  metric: Metric;
  /** A score; a dash for none. */
  formatScore: (score: Score) => string;
  /** A difference of two scores, with its sign as the metric counts: one that is minimised gets better with `−`. */
  formatDelta: (delta: Score) => string;
  /** A size of differences (standard deviation, noise, expected gain): no direction. */
  formatSpread: (size: Score) => string;
  /** Both ends of an interval of scores, the lower one as the metric counts first. */
  formatEnds: (interval: Interval) => [string, string];
  /** The same of an interval of differences. */
  formatDeltaEnds: (interval: Interval) => [string, string];
}

/** Significant digits of scores of any scale, of their differences, and of how far they spread. */
const DIGITS = { score: 5, delta: 4, spread: 3 };

/** How scores of a run, or of a configuration, are written; of a metric, where that is known. */
export function formatsOf(of: ScoredRun | MetricSettings | Metric): ScoreFormats {
  // An own training may have a key `scale`.
  const metric = 'scale' in of && !('TRAINER' in of) ? of : metricOf(of as ScoredRun | MetricSettings);
  const write = (size: number, of: keyof typeof DIGITS) =>
    metric.scale === 'free' ? significant(size, DIGITS[of]) : size.toFixed(4);
  const shown = (score: number) => shownScore(metric, score);
  const formatScore = (score: Score) => (score === null || score === undefined ? '–' : write(shown(score), 'score'));
  const formatDelta = (delta: Score) => {
    if (delta === null || delta === undefined) return '–';
    const own = shown(delta);
    return `${own >= 0 ? '+' : '−'}${write(Math.abs(own), 'delta')}`;
  };
  const ends = ({ low, high }: Interval): [number, number] =>
    metric.direction === 'minimize' ? [high, low] : [low, high];
  return {
    metric,
    formatScore,
    formatDelta,
    formatSpread: (size) => (size === null || size === undefined ? '–' : write(size, 'spread')),
    formatEnds: (interval) => ends(interval).map(formatScore) as [string, string],
    formatDeltaEnds: (interval) => ends(interval).map(formatDelta) as [string, string],
  };
}

/** `12345`, `0.01235`, `1.2e-7`: so many digits and no more. Minus zero, as a negated zero is, has no sign. */
function significant(value: number, digits: number): string {
  const rounded = Number(value.toPrecision(digits)) + 0;
  return formatValue(rounded);
}
