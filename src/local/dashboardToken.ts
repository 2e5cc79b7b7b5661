/** The dashboard's token: who has it may change the state of runs. For the eyes of its owner alone, made once. */
import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LOCAL } from './paths.ts';
import { said } from '../domain/said.ts';

const TOKEN = /^[\w-]{43}$/;

/**
 * The token, 32 random bytes as base64url; made if there is none, or if the file holds anything else.
 *
 * Two processes that make it at once end with the same one: it is linked to its name, which only the first can.
 */
export async function dashboardToken(file: string = LOCAL.dashboardToken): Promise<string> {
  const there = await readToken(file);
  if (there !== null) return there;
  await mkdir(path.dirname(file), { recursive: true });
  const own = `${file}.${randomUUID()}`;
  await writeFile(own, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });
  try {
    // Whatever else is there goes; a token that somebody has made meanwhile stays.
    if ((await readToken(file)) === null) await rm(file, { force: true });
    await link(own, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(own, { force: true });
  }
  const made = await readToken(file);
  if (made === null)
    throw new Error(said`${file} cannot be read or holds no token; remove it, and another one is made`);
  return made;
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
