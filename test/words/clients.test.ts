/** Every text for people that a command prints is from the catalogue: no literal with words goes where people read. */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';
import { plainTexts } from './plainTexts.ts';

/** What these write is no text for the reader of a command: files, which keep one language. */
const WRITES_FILES: ReadonlySet<string> = new Set(['client/newTuning/files.ts']);
/** What goes into a run's history, to the server or to a hub is English. */
const KEPT: ReadonlySet<string> = new Set([
  ' of the same name was started first',
  '**. Answer its questions with signals `continue`, `stop`, `pause`, `resume`, `override`, or with `npm run decide`.',
  "' AND ExecutionStatus = 'Running'",
  'Model of the tuning run ',
  'paused by schedule pause',
  'resumed by schedule resume',
]);
/** Words that are the same in both languages: names, and columns that line up with the catalogue's. */
const SAME_IN_BOTH: ReadonlySet<string> = new Set([
  'Temporal  ',
  '\nWeb UI    ',
  'Web UI    ',
  'Web UI',
  ': TASK ',
  'key KEY',
]);

const SOURCES = path.join(PROJECT_ROOT, 'src');
const sources = ['client', 'runs']
  .flatMap((folder) =>
    readdirSync(path.join(SOURCES, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
  )
  .filter((name) => name.endsWith('.ts') && !WRITES_FILES.has(name))
  .sort();

describe('texts for people in the commands, and in what they share with dashboard and library', () => {
  test.each(sources)('%s', (name) => {
    const found = plainTexts(readFileSync(path.join(SOURCES, name), 'utf8'));
    expect(found.filter((text) => !SAME_IN_BOTH.has(text) && !KEPT.has(text))).toEqual([]);
  });
});

describe('a literal with words is found', () => {
  test.each([
    ['an error', "throw new UserError('there is no run')", 'there is no run'],
    ['a description', "program.command('x').description('does something')", 'does something'],
    ['an option', "command.option('--name <name>', 'name of the run')", 'name of the run'],
    ['an option of its own', "new Option('--name <name>', `name of ${what}`)", 'name of '],
    ['an argument', "new Argument('<run>', 'the run')", 'the run'],
    ['a line', "screen.line(ok ? t`fine` : 'not fine')", 'not fine'],
    ['output', 'process.stdout.write(`Written: ${file}\\n`)', 'Written: '],
    ['an error output', 'process.stderr.write(`${t`Written: ${file}`} at once`)', ' at once'],
    ['a column of a table', "new Table({ head: ['run', t`status`] })", 'run'],
    ['a question', "input({ message: 'Which file?' })", 'Which file?'],
    ['a sentence, wherever it stands', "const WHY = 'nothing has been measured'", 'nothing has been measured'],
    ['a text inside a text', "print(t`all of ${'the runs'}`)", 'the runs'],
  ])('%s', (_title, source, text) => {
    expect(plainTexts(source)).toEqual([text]);
  });

  test('and nothing else', () => {
    const sound = [
      'throw new UserError(t`there is no run ${name}`)',
      'process.stdout.write(`${JSON.stringify({ status: "running" })}\\n`)',
      "command.option('--json', t`print one JSON object`)",
      "screen.line(styled('bold', name))",
      "screen.line(kind === 'round' ? t`a` : t`b`)",
      "const folder = path.join('models', run)",
      'const command = `npm run start-run -- --config ${file}`',
      'const test = `npm run test:trainer -- --config ${file}`',
      "withExamples(add('remove'), ['my-run --yes', t`take it away`])",
      "const isOther = text.includes(' rows are, also ')",
    ];
    expect(sound.flatMap(plainTexts)).toEqual([]);
  });
});
