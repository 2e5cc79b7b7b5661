/** Telling one process from another that got the same pid later. */
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';

/**
 * A process, for ever: pid alone is reused. `startTicks` is what the system says of its start; `bootId` changes with a
 * reboot.
 */
export interface ProcessIdentity {
  pid: number;
  startTicks: string;
  bootId: string;
  host: string;
}

async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')).trim();
}

/**
 * When a process started, in the system's own words; null when it is gone or a zombie (which `kill(pid, 0)` calls
 * alive).
 */
async function startOf(pid: number): Promise<string | null> {
  if (process.platform === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
    if (stat === null) return null;
    // The command in parentheses may hold spaces and parentheses, so fields are counted from its end (proc(5): 3 =
    // state, 22 = starttime).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
  }
  const { stdout, exitCode } = await execa('ps', ['-o', 'lstart=', '-p', String(pid)], { reject: false });
  return exitCode === 0 ? stdout.trim() || null : null;
}

export async function identityOf(pid: number): Promise<ProcessIdentity | null> {
  const startTicks = await startOf(pid);
  return startTicks === null ? null : { pid, startTicks, bootId: await bootId(), host: hostname() };
}

/** Whether exactly this process still runs on this machine. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  if (identity.host !== hostname() || identity.bootId !== (await bootId())) return false;
  return (await startOf(identity.pid)) === identity.startTicks;
}

/**
 * Ends a process: SIGTERM, then SIGKILL when `graceMs` has passed. Returns once it is gone.
 *
 * @param group - Also everything in the process group that it leads.
 * @throws Error when it is still there 5 s after SIGKILL.
 */
export async function end(
  identity: ProcessIdentity,
  { graceMs, group }: { graceMs: number; group: boolean },
): Promise<void> {
  const target = group ? -identity.pid : identity.pid;
  if (graceMs > 0 && (await isAlive(identity))) {
    signal(target, 'SIGTERM');
    if (await gone(identity, graceMs)) return;
  }
  if (!(await isAlive(identity))) return;
  signal(target, 'SIGKILL');
  if (!(await gone(identity, 5000))) throw new Error(`process ${identity.pid} does not end`);
}

function signal(target: number, name: NodeJS.Signals): void {
  try {
    process.kill(target, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function gone(identity: ProcessIdentity, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (Date.now() < deadline) {
    if (!(await isAlive(identity))) return true;
    await sleep(20);
  }
  return !(await isAlive(identity));
}
