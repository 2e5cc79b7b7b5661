/** Which parameters go with the score, among the trainings of a run: a first look, not a cause. */
import { ofSearch } from './trials.mjs';

/** @typedef {Pick<import('../../domain/trials.ts').Trial, 'purpose' | 'values'> & {result: {score: number} | null}} Judged */

/** With fewer different values or trainings nothing is said of a key. */
const VALUES_AT_LEAST = 2;
const TRAININGS_AT_LEAST = 4;

/**
 * Per key, strongest first: the share of the scores' ranks that the key's values explain (0 to 1). Numbers: the square of
 * Spearman's rank correlation, with its sign in `rho`. Choices: the correlation ratio of the ranks. Null where too little
 * was trained to tell.
 *
 * @param {Judged[]} trials
 * @param {{key: string, space: Pick<import('../../domain/parameterSpace.ts').ParameterSpace, 'type'>}[]} keys
 * @returns {{key: string, share: number | null, rho: number | null, values: number, trainings: number}[]}
 */
export function importanceOf(trials, keys) {
  const scored = trials
    .filter(ofSearch)
    .flatMap(({ values, result }) => (result ? [{ values, score: result.score }] : []));
  return keys
    .map(({ key, space }) => {
      const having = scored.flatMap(({ values: { [key]: value }, score }) =>
        value === undefined || value === null ? [] : [{ value, score }],
      );
      const scores = ranks(having.map(({ score }) => score));
      const values = having.map(({ value }) => value);
      const different = new Set(values).size;
      const told = different >= VALUES_AT_LEAST && having.length >= TRAININGS_AT_LEAST;
      const numbers = values.filter((value) => typeof value === 'number');
      const numeric = space.type !== 'categorical' && numbers.length === values.length;
      const rho = told && numeric ? correlation(ranks(numbers), scores) : null;
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

/** From their mean. @param {number[]} numbers */
function deviations(numbers) {
  const middle = mean(numbers);
  return numbers.map((number) => number - middle);
}

/** Sum of products of deviations, of as many numbers. @param {number[]} a @param {number[]} b */
function products(a, b) {
  const ofB = deviations(b);
  return deviations(a).reduce((sum, deviation, index) => sum + deviation * (ofB[index] ?? NaN), 0);
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
  let between = 0;
  for (const group of new Set(groups)) {
    const own = numbers.filter((_number, index) => groups[index] === group);
    between += own.length * (mean(own) - whole) ** 2;
  }
  return between / all;
}
