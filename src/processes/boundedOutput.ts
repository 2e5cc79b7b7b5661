/**
 * Files that other processes append their output to, kept from growing without end.
 *
 * The writers hold the file open, in append mode, and may outlive whoever bounds it: so it is copied and then emptied in
 * place, and their next line begins it anew. What they write between copy and cut is lost; it is output for people, no
 * data.
 */
import { copyFile, rename, rm, stat, truncate } from 'node:fs/promises';

/** Longest file, in bytes; then it is cut. */
const LONGEST_OUTPUT = 10 * 1024 * 1024;
/** Former files that stay: `<file>.1` is the newest. */
const FORMER = 4;
const EVERY_MS = 30_000;

/** Cuts a file that has grown too long. A file that is not there is none. */
export async function boundOutput(file: string, { longest = LONGEST_OUTPUT, former = FORMER } = {}): Promise<void> {
  const facts = await stat(file).catch(() => null);
  if (!facts || facts.size <= longest) return;
  await rm(`${file}.${former}`, { force: true });
  for (let number = former - 1; number >= 1; number -= 1) await moved(`${file}.${number}`, `${file}.${number + 1}`);
  if (former > 0) await copyFile(file, `${file}.1`);
  await truncate(file);
}

async function moved(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/**
 * Looks now and every half minute, until it is stopped.
 *
 * @param onError - Told of a disk that refuses; the next look tries again.
 */
export function keepBounded(
  files: readonly string[],
  onError: (error: unknown) => void,
  options: { longest?: number; former?: number; everyMs?: number } = {},
): () => void {
  let looking = false;
  const look = async (): Promise<void> => {
    // Two looks at one file at once would copy what the other has emptied.
    if (looking) return;
    looking = true;
    for (const file of files) await boundOutput(file, options).catch(onError);
    looking = false;
  };
  void look();
  const timer = setInterval(() => void look(), options.everyMs ?? EVERY_MS).unref();
  return () => clearInterval(timer);
}
