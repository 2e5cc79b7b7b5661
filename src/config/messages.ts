/** Words for what is wrong with a configuration as a person wrote it. */
import { distance } from 'fastest-levenshtein';
import { said } from '../domain/said.ts';

/** The nearest of some names, when it is near enough to be what was meant; else null. */
export function nearest(word: string, names: readonly string[]): string | null {
  const wanted = word.toUpperCase();
  const far = (name: string) => distance(wanted, name.toUpperCase());
  const [best] = names.map((name) => ({ name, far: far(name) })).sort((a, b) => a.far - b.far);
  return best && best.far <= Math.max(2, Math.floor(word.length / 3)) ? best.name : null;
}

/** The same as the end of a message. */
export function didYouMean(word: string, names: readonly string[]): string {
  const meant = nearest(word, names);
  return meant === null ? '' : said`; did you mean ${meant}?`;
}

const LONGEST_PROBLEM = 1500;
/** Of a longer one, what stands behind the gap: what is wrong and what is allowed come last. */
const LONGEST_END = 700;

/** A problem as one line that a terminal can take, whatever the file's keys are. */
export function oneLine(problem: string): string {
  const line = problem.replace(/\s+/g, ' ').trim();
  if (line.length <= LONGEST_PROBLEM) return line;
  return `${line.slice(0, LONGEST_PROBLEM - LONGEST_END - 1)}…${line.slice(-LONGEST_END)}`;
}
