/** Which parameters go with the score, among the trainings of a run: a first look, not a cause. */
import { ofSearch } from './trials.mjs';

/** With fewer different values or trainings nothing is said of a key. */
const VALUES_AT_LEAST = 2;
const TRAININGS_AT_LEAST = 4;

/**
 * Per key, strongest first: the share of the scores' ranks that the key's values explain (0 to 1). Numbers: the square of
 * Spearman's rank correlation, with its sign in `rho`. Choices: the correlation ratio of the ranks. Null where too little
 * was trained to tell.
 *
 * @param {any[]} trials
 * @param {{key: string, space: {type: string}}[]} keys
 * @returns {{key: string, share: number | null, rho: number | null, values: number, trainings: number}[]}
 */
export function importanceOf(trials, keys) {
  const scored = trials.filter((trial) => trial.result && ofSearch(trial));
  return keys
    .map(({ key, space }) => {
      const having = scored.filter(({ values }) => values[key] !== undefined && values[key] !== null);
      const scores = ranks(having.map(({ result }) => result.score));
      const values = having.map((trial) => trial.values[key]);
      const different = new Set(values).size;
      const told = different >= VALUES_AT_LEAST && having.length >= TRAININGS_AT_LEAST;
      const numeric = space.type !== 'categorical' && values.every((value) => typeof value === 'number');
      const rho = told && numeric ? correlation(ranks(values), scores) : null;
      const share = !told ? null : numeric ? (rho === null ? null : rho ** 2) : ratio(values, scores);
      return { key, share, rho, values: different, trainings: having.length };
    })
    .sort((a, b) => (b.share ?? -1) - (a.share ?? -1));
}

/** Ranks from 1; equal ones share their mean. @param {number[]} numbers */
export function ranks(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return numbers.map((number) => (sorted.indexOf(number) + sorted.lastIndexOf(number)) / 2 + 1);
}

const mean = (/** @type {number[]} */ numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

/** Sum of products of deviations. @param {number[]} a @param {number[]} b */
function products(a, b) {
  const [ofA, ofB] = [mean(a), mean(b)];
  return a.reduce((sum, value, index) => sum + (value - ofA) * (b[index] - ofB), 0);
}

/** Pearson's, of ranks Spearman's; null where one of them never changes. @param {number[]} a @param {number[]} b */
function correlation(a, b) {
  const spread = Math.sqrt(products(a, a) * products(b, b));
  return spread === 0 ? null : products(a, b) / spread;
}

/** Between groups, of all. @param {unknown[]} groups @param {number[]} numbers */
function ratio(groups, numbers) {
  const all = products(numbers, numbers);
  if (all === 0) return null;
  const whole = mean(numbers);
  const between = [...new Set(groups)].reduce((sum, group) => {
    const own = numbers.filter((_number, index) => groups[index] === group);
    return /** @type {number} */ (sum) + own.length * (mean(own) - whole) ** 2;
  }, 0);
  return /** @type {number} */ (between) / all;
}
