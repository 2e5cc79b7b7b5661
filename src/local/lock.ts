/** A lock file that names its holder, so that one that was killed locks nobody out. */
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
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
      await removeStale(file, found, own);
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

/** Takes the dead holder's lock away, and puts back what another process may have locked with in the meantime. */
async function removeStale(file: string, stale: string, own: string): Promise<void> {
  const aside = `${own}.stale`;
  try {
    await rename(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if ((await readFile(aside, 'utf8')) !== stale) await linked(aside, file);
  await rm(aside, { force: true });
}

function holderIn(text: string): ProcessIdentity | null {
  try {
    return JSON.parse(text) as ProcessIdentity;
  } catch {
    return null;
  }
}
