/** Numbers as the terminal and the report write them, in the reader's language where that matters. */
import { locale, t } from './words.mjs';

/** @typedef {import('../../domain/metric.ts').Metric} Metric */

/** Significant digits of scores of any scale, of differences, of how far they spread. */
const DIGITS = { score: 5, delta: 4, spread: 3 };

/** `2e-5` rather than 0.00002. @param {string | number | null | undefined} value */
export function valueText(value) {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'string' || value === 0 || Math.abs(value) >= 1e-3) return String(value);
  return value
    .toExponential()
    .replace(/e([+-])0*/, 'e$1')
    .replace('e+', 'e');
}

/** @param {Metric} metric @param {number} size @param {keyof typeof DIGITS} of */
const written = ({ scale }, size, of) =>
  scale === 'free' ? valueText(Number(size.toPrecision(DIGITS[of])) + 0) : size.toFixed(4);

/** @param {Metric} metric @param {number | null | undefined} score */
export const scoreText = (metric, score) =>
  score === null || score === undefined ? '–' : written(metric, score, 'score');

/** With its sign, as the metric counts. @param {Metric} metric @param {number | null | undefined} delta */
export const deltaText = (metric, delta) =>
  delta === null || delta === undefined ? '–' : `${delta >= 0 ? '+' : '−'}${written(metric, Math.abs(delta), 'delta')}`;

/** @param {Metric} metric @param {number | null | undefined} size */
export const spreadText = (metric, size) =>
  size === null || size === undefined ? '–' : written(metric, size, 'spread');

/** @param {Metric} metric @param {{low: number, high: number}} interval */
export const intervalText = (metric, { low, high }) => `${scoreText(metric, low)} … ${scoreText(metric, high)}`;

/** `4:07`, `1:04:07`. @param {number} seconds */
export function clockText(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const two = (/** @type {number} */ part) => String(part).padStart(2, '0');
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

const SECOND = { from: 0, seconds: 1, name: () => t`s` };
const UNITS = [
  { from: 90 * 60, seconds: 3600, name: () => t`h` },
  { from: 90, seconds: 60, name: () => t`min` },
];

/** `4 min (3–6)`. @param {{low: number, middle: number, high: number}} range - In seconds. */
export function spanText({ low, middle, high }) {
  const unit = UNITS.find(({ from }) => middle >= from) ?? SECOND;
  const amount = (/** @type {number} */ seconds) => {
    const units = seconds / unit.seconds;
    return String(unit.seconds === 3600 && units < 10 ? Math.round(2 * units) / 2 : Math.round(units));
  };
  return `${amount(middle)} ${unit.name()} (${amount(low)}–${amount(high)})`;
}

/** @param {number} bytes */
export function bytesText(bytes) {
  const power = Math.min(4, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${['B', 'kB', 'MB', 'GB', 'TB'][power]}`;
}

/** @param {number} count */
export const countText = (count) => count.toLocaleString(locale());

/** @param {number} usd */
export const dollarText = (usd) => `$${usd > 0 && usd < 0.01 ? usd.toPrecision(1) : usd.toFixed(2)}`;

/** @param {string | number} moment */
export const timeText = (moment) =>
  new Date(moment).toLocaleString(locale(), { dateStyle: 'medium', timeStyle: 'short' });

/** `12:34`. @param {number} moment */
export const hourText = (moment) => new Date(moment).toLocaleTimeString(locale(), { timeStyle: 'short' });
