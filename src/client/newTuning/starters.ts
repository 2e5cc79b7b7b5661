/** Trainings to start from, whose templates lie in config/starters: a toy that does all that a run asks of a training. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import Mustache from 'mustache';
import { metricWords } from '../../domain/metric.ts';
import { PROJECT_ROOT } from '../../projectRoot.ts';
import type { Answers, OwnKey } from './answers.ts';

/** Steps of the toy, and the seconds of each: long enough to be interrupted on a busy machine. */
const STEPS = 50;
const SECONDS = 0.04;

/** Endings of files that there is a starter for, by what trains. */
const TEMPLATES = { function: { '.py': 'function.py' }, command: { '.mjs': 'command.mjs' } } as const;

/** The starter for a file that is not there yet; null where there is none in its language. */
export function starterOf(answers: Exclude<Answers, { kind: 'task' }>, file: string): string | null {
  const templates: Record<string, string> = TEMPLATES[answers.kind];
  const name = templates[path.extname(file)];
  if (name === undefined) return null;
  const template = readFileSync(path.join(PROJECT_ROOT, 'config', 'starters', `${name}.mustache`), 'utf8');
  const { keys, metric } = answers;
  const values = {
    ...toyKeys(keys),
    steps: STEPS,
    seconds: SECONDS,
    name: metric.name,
    metric: metricWords({ ...metric, unit: null, scale: 'free' }).en,
    minimize: metric.direction === 'minimize',
  };
  return Mustache.render(template, values);
}

/** Keys with a range and keys with choices, as literals that Python and JavaScript read alike. */
function toyKeys(keys: readonly OwnKey[]): { ranges: string; choices: string } {
  const ranges = keys.flatMap(({ name, space: { min, max, scale } }) =>
    min === undefined || max === undefined ? [] : [`"${name}": [${min}, ${max}, "${scale}"]`],
  );
  const choices = keys.flatMap(({ name, space }) =>
    space.choices ? [`"${name}": [${space.choices.map((choice) => JSON.stringify(choice)).join(', ')}]`] : [],
  );
  return { ranges: `{${ranges.join(', ')}}`, choices: `{${choices.join(', ')}}` };
}
