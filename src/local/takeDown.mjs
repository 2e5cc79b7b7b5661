// @ts-check
/**
 * Ends a local stack in good order: its trainings write a checkpoint, its runs go on with the next stack.
 *
 * Plain JavaScript without packages: the set-up calls it before it replaces the packages that the stack runs on.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { end, isAlive } from '../processes/identity.mjs';

/** The supervisor stops workers (which may checkpoint a training) and then the server. */
export const DOWN_WITHIN_MS = 60_000;

/**
 * Stops supervisor, workers and server, also those whose supervisor was killed.
 *
 * @param {string} file stack.json, as any release wrote it
 * @param {{of?: string, onEnd?: () => void}} [options] of: only a stack that runs from this checkout; onEnd: called
 *   before something that runs is ended
 * @returns {Promise<boolean>} false when nothing ran
 */
export async function takeDown(file, { of, onEnd = () => {} } = {}) {
  const stack = read(file);
  if (!stack?.supervisor || (of !== undefined && (stack.checkout ?? of) !== of)) return false;
  /** @type {import('../processes/identity.ts').ProcessIdentity[]} */
  const members = (stack.members ?? []).map((/** @type {any} */ member) => member.identity);
  const lives = await Promise.all([stack.supervisor, ...members].map(isAlive));
  if (!lives.includes(true)) return false;
  onEnd();
  // Read by workers whose supervisor has to be killed for this: they must not start another one.
  write(file, { ...stack, stopping: true });
  await end(stack.supervisor, { graceMs: DOWN_WITHIN_MS, group: false });
  for (const member of members.reverse()) if (await isAlive(member)) await end(member, { graceMs: 1000, group: true });
  // Another command may have started the next stack meanwhile; its file stays.
  const left = read(file)?.supervisor;
  if (left?.pid === stack.supervisor.pid && left?.startTicks === stack.supervisor.startTicks)
    rmSync(file, { force: true });
  return true;
}

/**
 * @param {string} file
 * @returns {any} null when there is none or it cannot be read
 */
function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

/**
 * @param {string} file
 * @param {object} stack
 */
function write(file, stack) {
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, `${JSON.stringify(stack, null, 2)}\n`);
  renameSync(fresh, file);
}
