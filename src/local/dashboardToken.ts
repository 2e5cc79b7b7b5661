/** The dashboard's token: who has it may change the state of runs. For the eyes of its owner alone, made once. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { whileLocked } from '../processes/lock.mjs';
import { LOCAL } from './paths.ts';

const TOKEN = /^[\w-]{43}$/;

/**
 * The token, 32 random bytes as base64url; made if there is none, or if the file holds anything else.
 *
 * Whoever makes it at once with others ends with the same one: they take turns.
 */
export async function dashboardToken(file: string = LOCAL.dashboardToken): Promise<string> {
  const there = await readToken(file);
  if (there !== null) return there;
  await mkdir(path.dirname(file), { recursive: true });
  return whileLocked(`${file}.lock`, async () => {
    const made = (await readToken(file)) ?? randomBytes(32).toString('base64url');
    await writeFileAtomic(file, `${made}\n`, { mode: 0o600 });
    return made;
  });
}

async function readToken(file: string): Promise<string | null> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return TOKEN.test(text.trim()) ? text.trim() : null;
}

/** What a person opens: the page, and the right to change something. */
export const addressWithToken = (dashboard: string, token: string): string => `${dashboard}/?token=${token}`;
