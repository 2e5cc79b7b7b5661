/** `completion`: the script with which a shell completes. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { PROJECT_ROOT } from '../../projectRoot.ts';
import { EXIT } from '../../runs/exitCodes.ts';
import type { Shell } from './shells.ts';

/** A word that every one of these shells takes as it is. */
const quoted = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;

/** Where Node keeps what it compiled, as the launcher has it: without it an answer takes twice as long. */
const COMPILE_CACHE = path.join(PROJECT_ROOT, '.tuning', 'compile-cache');

export async function completionScript(shell: Shell): Promise<string> {
  const answer = [
    'env',
    quoted(`NODE_COMPILE_CACHE=${COMPILE_CACHE}`),
    quoted(process.execPath),
    '--disable-warning=ExperimentalWarning',
    quoted(path.join(import.meta.dirname, 'answer.ts')),
  ].join(' ');
  const script = await readFile(path.join(import.meta.dirname, `tuning.${shell}`), 'utf8');
  return script.replaceAll('@ANSWER@', () => answer).replaceAll('@ROOT@', () => quoted(PROJECT_ROOT));
}

export async function printCompletion(shell: Shell): Promise<number> {
  process.stdout.write(await completionScript(shell));
  return EXIT.done;
}
