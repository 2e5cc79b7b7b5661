// @ts-check
/**
 * A lock file that names its holder, so that one that was killed locks nobody out.
 *
 * Plain JavaScript without packages: the set-up takes one before it installs anything, on Node 20.
 */
import { link, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { identityOf, isAlive } from './identity.mjs';

/** @typedef {import('./identity.ts').ProcessIdentity} ProcessIdentity */

const ASK_AGAIN_MS = 100;
/** A takeover takes a moment; one that is older belongs to a process that was killed in it. */
const TAKEOVER_MS = 10_000;

/**
 * Does the work while this process holds the lock; waits for a holder that lives.
 *
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} work
 * @param {() => void} [onWait] called once, when another process holds it
 * @returns {Promise<T>}
 */
export async function whileLocked(file, work, onWait = () => {}) {
  const self = /** @type {ProcessIdentity} */ (await identityOf(process.pid));
  for (let waits = 0; !(await takeLock(file, self)); waits += 1) {
    if (waits === 0) onWait();
    await sleep(ASK_AGAIN_MS);
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

/**
 * Makes this process the holder; false when another one that lives holds it.
 *
 * @param {string} file
 * @param {ProcessIdentity} self
 * @returns {Promise<boolean>}
 */
export async function takeLock(file, self) {
  const own = `${file}.${self.pid}`;
  await writeFile(own, JSON.stringify(self));
  try {
    for (;;) {
      if (await linked(own, file)) return true;
      const found = await readFile(file, 'utf8').catch(() => null);
      if (found === null) {
        // It has just gone, or cannot be read.
        await sleep(20);
        continue;
      }
      const holder = holderIn(found);
      if (holder && (await isAlive(holder))) return false;
      await removeStale(file, found);
    }
  } finally {
    await rm(own, { force: true });
  }
}

/**
 * A link appears whole or not at all, and never replaces another.
 *
 * @param {string} own
 * @param {string} file
 */
async function linked(own, file) {
  try {
    await link(own, file);
    return true;
  } catch (error) {
    if (!exists(error)) throw error;
    return false;
  }
}

/**
 * Takes the dead holder's lock away. One process at a time may do so, and only while the file is what it read: else it
 * could take away a new holder's.
 *
 * @param {string} file
 * @param {string} stale
 */
async function removeStale(file, stale) {
  const takeover = `${file}.takeover`;
  try {
    await writeFile(takeover, '', { flag: 'wx' });
  } catch (error) {
    if (!exists(error)) throw error;
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

/** @param {unknown} error */
const exists = (error) => /** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST';

/**
 * Null where it names none: half written, or of a release that wrote a number alone.
 *
 * @param {string} text
 * @returns {ProcessIdentity | null}
 */
function holderIn(text) {
  try {
    const found = JSON.parse(text);
    return typeof found === 'object' ? found : null;
  } catch {
    return null;
  }
}
