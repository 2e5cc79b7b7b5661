/** What stands on the command line before the cursor: the command in hand, and the word that is to be completed. */

export interface Typed {
  /** Whole words behind `tuning`, the command first. */
  words: string[];
  /** The word at the cursor, as far as it is typed; empty after a space. */
  current: string;
  /** `script`: the name of npm's script is being typed. `direct`: npm would take an option for its own until `--` is typed. */
  at: 'program' | 'script' | 'direct';
}

/** Words as a shell parts them; quotes are taken off, also one that is still open. */
export function wordsOf(line: string): string[] {
  const found = line.match(/(?:[^\s"'\\]|\\.|"[^"]*"?|'[^']*'?)+/g) ?? [];
  const words = found.map((word) => word.replace(/\\(.)|["']/g, '$1'));
  return /(?:^|[^\\])\s$/.test(line) || line === '' ? [...words, ''] : words;
}

/**
 * The typed words of `tuning …` or `npm run …`; null where there is nothing of ours to complete.
 *
 * @param all - The program's own name first; the word at the cursor last.
 */
export function typedIn(all: readonly string[]): Typed | null {
  const [program = '', ...rest] = all;
  if (rest.length === 0) return null;
  const current = rest.at(-1)!;
  const words = rest.slice(0, -1);
  if (!/(?:^|[\\/])npm$/.test(program)) return { words, current, at: 'program' };
  const plain = words.filter((word) => !word.startsWith('-'));
  if (plain[0] !== 'run' && plain[0] !== 'run-script') return null;
  const script = plain[1];
  if (script === undefined) return { words: [], current, at: 'script' };
  const behind = words.slice(words.indexOf(script) + 1);
  const own = behind.filter((word) => word !== '--');
  const at = behind.includes('--') ? 'program' : 'direct';
  return { words: script === 'tuning' ? own : [script, ...own], current, at };
}
