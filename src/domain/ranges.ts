/** Arithmetic of ranges. */
import type { Range } from './estimated.ts';

export const NOTHING: Range = { low: 0, middle: 0, high: 0 };
export const exactly = (value: number): Range => ({ low: value, middle: value, high: value });
export const times = ({ low, middle, high }: Range, factor: number): Range => ({
  low: low * factor,
  middle: middle * factor,
  high: high * factor,
});
export const plus = ({ low, middle, high }: Range, more: number): Range => ({
  low: low + more,
  middle: middle + more,
  high: high + more,
});

/** The sum with its bounds: all parts at their least, or at their most. */
export const added = (parts: readonly Range[]): Range =>
  parts.reduce((total, { low, middle, high }) => ({
    low: total.low + low,
    middle: total.middle + middle,
    high: total.high + high,
  }));

/**
 * The sum of parts that vary independently: middles add up, deviations add up as squares do.
 *
 * @param spreads - Further deviations, in both directions.
 */
export function sum(parts: readonly Range[], spreads: readonly { spread: number }[] = []): Range {
  const middle = parts.reduce((total, part) => total + part.middle, 0);
  const deviation = (of: (part: Range) => number) =>
    Math.hypot(...parts.map(of), ...spreads.map(({ spread }) => spread));
  return {
    low: Math.max(0, middle - deviation((part) => part.middle - part.low)),
    middle,
    high: middle + deviation((part) => part.high - part.middle),
  };
}
