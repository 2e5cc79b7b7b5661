/** Results as lines of JSON: what is there is not done again. Lines of the story belong to the rules that they were made by. */
import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { PROJECT_ROOT } from '../../../src/projectRoot.ts';
import type { Job } from './settings.ts';

const SEARCH = 'trainer/src/tuning_trainer/search';
/** Files whose change makes other runs. */
const RULES = [
  ...['searching', 'deciding', 'proposing', 'challenging', 'choosing'].map((name) => `src/workflows/${name}.ts`),
  ...['challenge', 'pruning', 'influence'].map((name) => `src/domain/${name}.ts`),
  'trainer/src/tuning_trainer/confirm.py',
];

/** Names the rules of the story and of the search model, as they are in this checkout. */
export async function rulesOf(): Promise<string> {
  const search = (await readdir(path.join(PROJECT_ROOT, SEARCH))).filter((name) => name.endsWith('.py')).sort();
  const hash = createHash('sha256');
  for (const file of [...search.map((name) => `${SEARCH}/${name}`), ...RULES])
    hash.update(await readFile(path.join(PROJECT_ROOT, file)));
  return hash.digest('hex').slice(0, 8);
}

export const identityOf = ({ grid, method, start, run, budget }: Job): string =>
  [grid, method, start, run, budget].join('|');

/** @param rules - Lines of other rules are left out; null: all lines. */
export async function readLines<Line extends Job>(file: string, rules: string | null = null): Promise<Line[]> {
  let text = '';
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const lines = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line & { rules?: string });
  return rules === null ? lines : lines.filter((line) => line.rules === rules);
}

export async function addLine(file: string, line: object): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await appendFile(file, `${JSON.stringify(line)}\n`);
}
