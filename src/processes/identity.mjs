// @ts-check
/**
 * Telling one process from another that got the same pid later.
 *
 * Plain JavaScript without packages: the set-up ends a stack before it installs anything, on Node 20.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** @typedef {import('./identity.ts').ProcessIdentity} ProcessIdentity */

/** @returns {Promise<string>} */
async function bootId() {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')).trim();
}

/**
 * When a process started, in the system's own words; null when it is gone or a zombie (which `kill(pid, 0)` calls
 * alive).
 *
 * @param {number} pid
 * @returns {Promise<string | null>}
 */
async function startOf(pid) {
  if (process.platform === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
    if (stat === null) return null;
    // The command in parentheses may hold spaces and parentheses, so fields are counted from its end (proc(5): 3 =
    // state, 22 = starttime).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
  }
  // ps ends with 1 when there is no such process.
  const { stdout } = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)]).catch((error) => {
    if (typeof error.code === 'number') return { stdout: '' };
    throw error;
  });
  return stdout.trim() || null;
}

/**
 * @param {number} pid
 * @returns {Promise<ProcessIdentity | null>}
 */
export async function identityOf(pid) {
  const startTicks = await startOf(pid);
  return startTicks === null ? null : { pid, startTicks, bootId: await bootId(), host: hostname() };
}

/**
 * Whether exactly this process still runs on this machine.
 *
 * @param {ProcessIdentity} identity
 * @returns {Promise<boolean>}
 */
export async function isAlive(identity) {
  if (identity.host !== hostname() || identity.bootId !== (await bootId())) return false;
  return (await startOf(identity.pid)) === identity.startTicks;
}

/**
 * Ends a process: SIGTERM, then SIGKILL when `graceMs` has passed. Returns once it is gone.
 *
 * @param {ProcessIdentity} identity
 * @param {{graceMs: number, group: boolean}} how group: also everything in the process group that it leads
 * @returns {Promise<void>}
 * @throws Error when it is still there 5 s after SIGKILL.
 */
export async function end(identity, { graceMs, group }) {
  const target = group ? -identity.pid : identity.pid;
  if (graceMs > 0 && (await isAlive(identity))) {
    signal(target, 'SIGTERM');
    if (await gone(identity, graceMs)) return;
  }
  if (!(await isAlive(identity))) return;
  signal(target, 'SIGKILL');
  if (!(await gone(identity, 5000))) throw new Error(`process ${identity.pid} does not end`);
}

/**
 * @param {number} target
 * @param {NodeJS.Signals} name
 */
function signal(target, name) {
  try {
    process.kill(target, name);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error;
  }
}

/**
 * @param {ProcessIdentity} identity
 * @param {number} withinMs
 */
async function gone(identity, withinMs) {
  const deadline = Date.now() + withinMs;
  while (Date.now() < deadline) {
    if (!(await isAlive(identity))) return true;
    await sleep(20);
  }
  return !(await isAlive(identity));
}
