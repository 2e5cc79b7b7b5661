/** Results as lines of JSON: what is there is not done again. Lines of the story belong to the rules that they were made by. */
import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { PROJECT_ROOT } from '../../../src/projectRoot.ts';
import { methodOf } from './methods.ts';
import type { Job } from './settings.ts';

const SEARCH = 'trainer/src/tuning_trainer/search';
/** Files whose change makes other runs. */
const RULES = [
  ...['searching', 'deciding', 'proposing', 'challenging', 'choosing'].map((name) => `src/workflows/${name}.ts`),
  ...['challenge', 'pruning'].map((name) => `src/domain/${name}.ts`),
  'trainer/src/tuning_trainer/confirm.py',
];
/** And those that only runs with a language model reach. */
const ADVISED = ['src/domain/influence.ts'];

/** Names of the rules of the story and of the search model, as they are in this checkout: without and with a language model. */
export interface Rules {
  alone: string;
  advised: string;
}

export async function rulesOf(): Promise<Rules> {
  const search = (await readdir(path.join(PROJECT_ROOT, SEARCH))).filter((name) => name.endsWith('.py')).sort();
  const hash = createHash('sha256');
  const add = async (files: string[]): Promise<string> => {
    for (const file of files) hash.update(await readFile(path.join(PROJECT_ROOT, file)));
    return hash.copy().digest('hex').slice(0, 8);
  };
  return { alone: await add([...search.map((name) => `${SEARCH}/${name}`), ...RULES]), advised: await add(ADVISED) };
}

export const rulesFor = (rules: Rules, method: string): string =>
  methodOf(method).adviser ? rules.advised : rules.alone;

export const identityOf = ({ grid, method, start, run, budget }: Job): string =>
  [grid, method, start, run, budget].join('|');

/** @param rules - Lines of other rules are left out; null: all lines. */
export async function readLines<Line extends Job>(file: string, rules: Rules | null = null): Promise<Line[]> {
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
  return rules === null ? lines : lines.filter((line) => line.rules === rulesFor(rules, line.method));
}

export async function addLine(file: string, line: object): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await appendFile(file, `${JSON.stringify(line)}\n`);
}
