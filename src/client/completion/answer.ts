/**
 * Answers a shell that completes (scripts beside this file): what may stand at the cursor, a line each, with a tab before
 * what it is; or `:files`. A process of its own beside main.ts, since it must answer at once.
 *
 * `answer.ts --line TEXT`: the command line up to the cursor; `answer.ts -- WORD …`: its words, the one at the cursor last.
 */
import { loadEnvironmentFile } from '../../processes/envFile.ts';
import { languageAsked, setLanguage } from '../../words/catalogue.ts';
import { createProgram } from '../program/program.ts';
import { answerTo } from './candidates.ts';
import { knownHere } from './known.ts';
import { typedIn, wordsOf } from './line.ts';

loadEnvironmentFile();
const [form, ...given] = process.argv.slice(2);
const typed = typedIn(form === '--line' ? wordsOf(given[0] ?? '') : given);
if (typed) {
  setLanguage(languageAsked(typed.words, process.env));
  const answer = answerTo(
    typed,
    createProgram(() => () => {}),
    knownHere(process.env),
  );
  const lines = answer === 'files' ? [':files'] : answer.map(({ value, about }) => `${value}\t${about.split('\n')[0]}`);
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}
