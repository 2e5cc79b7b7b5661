/** Reading a file that may not be there. */
import { readFile } from 'node:fs/promises';

/** The file's text, or null when there is no such file. Any other trouble is thrown. */
export function readIfThere(file: string): Promise<string | null> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
}
