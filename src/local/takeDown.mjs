// @ts-check
/**
 * Ends a local stack in good order: its trainings write a checkpoint, its runs go on with the next stack.
 *
 * Plain JavaScript without packages: the set-up calls it before it replaces the packages that the stack runs on.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { lackedKey } from './encryptionKeys.mjs';
import { keepLegacyAdviser } from './legacyAdviser.mjs';
import { end, isAlive } from '../processes/identity.mjs';

/** The supervisor stops workers (which may checkpoint a training) and then the server. */
export const DOWN_WITHIN_MS = 60_000;

/**
 * Why the stack must not be restarted from an environment: it encrypts with a key that is missing there. Null when it
 * may, also when nothing runs.
 *
 * @param {string} file stack.json, as any release wrote it
 * @param {NodeJS.ProcessEnv} environment with what `.env` adds
 * @param {{of?: string}} [options] as those of takeDown
 * @returns {Promise<string | null>}
 */
export async function keptFromRestart(file, environment, { of } = {}) {
  const running = await runningIn(file, of);
  return running && lackedKey(running.stack, environment);
}

/**
 * Stops supervisor, workers and server, also those whose supervisor was killed.
 *
 * @param {string} file stack.json, as any release wrote it
 * @param {{of?: string, onEnd?: () => void, say?: (line: string) => void}} [options] of: only a stack that runs from
 *   this checkout; onEnd: called before something that runs is ended; say: told what a person must know
 * @returns {Promise<boolean>} false when nothing ran
 */
export async function takeDown(file, { of, onEnd = () => {}, say = tellAside } = {}) {
  const running = await runningIn(file, of);
  if (!running) return false;
  const { stack, members } = running;
  onEnd();
  // Of 0.2.0 or earlier: its runs have the adviser of its workers' environment, which goes with them.
  if (!stack.version && !(await keepLegacyAdviser(stack, path.join(path.dirname(file), 'adviser-keys'))))
    say(
      "What the old workers' environment has for the adviser cannot be read here: runs in progress go on with that of .env.",
    );
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

/** @param {string} line */
function tellAside(line) {
  process.stderr.write(`${line}\n`);
}

/**
 * @param {string} file
 * @param {string | undefined} of
 * @returns {Promise<{stack: any, members: import('../processes/identity.ts').ProcessIdentity[]} | null>}
 */
async function runningIn(file, of) {
  const stack = read(file);
  if (!stack?.supervisor || (of !== undefined && (stack.checkout ?? of) !== of)) return null;
  const members = (stack.members ?? []).map((/** @type {any} */ member) => member.identity);
  const lives = await Promise.all([stack.supervisor, ...members].map(isAlive));
  return lives.includes(true) ? { stack, members } : null;
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
