/** A lock file that names its holder, so that one that was killed locks nobody out. */
import { link, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../processes/identity.ts';
import type { ProcessIdentity } from '../processes/identity.ts';

/** Makes this process the holder; false when another one that lives holds it. */
export async function takeLock(file: string, self: ProcessIdentity): Promise<boolean> {
  const own = `${file}.${self.pid}`;
  await writeFile(own, JSON.stringify(self));
  try {
    for (;;) {
      if (await linked(own, file)) return true;
      const found = await readFile(file, 'utf8').catch(() => null);
      if (found === null) continue;
      const holder = holderIn(found);
      if (holder && (await isAlive(holder))) return false;
      await removeStale(file, found);
    }
  } finally {
    await rm(own, { force: true });
  }
}

/** A link appears whole or not at all, and never replaces another. */
async function linked(own: string, file: string): Promise<boolean> {
  try {
    await link(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

/** A takeover takes a moment; one that is older belongs to a process that was killed in it. */
const TAKEOVER_MS = 10_000;

/**
 * Takes the dead holder's lock away. One process at a time may do so, and only while the file is what it read: else it
 * could take away a new holder's.
 */
async function removeStale(file: string, stale: string): Promise<void> {
  const takeover = `${file}.takeover`;
  try {
    await writeFile(takeover, '', { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const since = await stat(takeover).catch(() => null);
    if (since && Date.now() - since.mtimeMs > TAKEOVER_MS) await rm(takeover, { force: true });
    await sleep(20);
    return;
  }
  try {
    if ((await readFile(file, 'utf8').catch(() => null)) === stale) await rm(file);
  } finally {
    await rm(takeover, { force: true });
  }
}

function holderIn(text: string): ProcessIdentity | null {
  try {
    return JSON.parse(text) as ProcessIdentity;
  } catch {
    return null;
  }
}
