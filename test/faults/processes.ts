/** Finding and ending the processes of a stage, which carry its state folder in their environment; ports for new ones. */
import { once } from 'node:events';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Process {
  pid: number;
  parent: number;
  command: string;
  state: string;
}

const read = (pid: number, file: string): string | null =>
  unlessGone(() => readFileSync(`/proc/${pid}/${file}`, 'utf8'), null);

/** Every living process whose environment has this variable with this value, zombies left out. */
export function processesWith(name: string, value: string): Process[] {
  const pids = readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid);
  return pids.flatMap((pid) => {
    if (!read(pid, 'environ')?.split('\0').includes(`${name}=${value}`)) return [];
    const stat = read(pid, 'stat');
    if (!stat) return [];
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X') return [];
    return [
      {
        pid,
        parent: Number(parent),
        state: state!,
        command: (read(pid, 'cmdline') ?? '').replaceAll('\0', ' ').trim(),
      },
    ];
  });
}

/** Signals processes; one that is gone is passed over. */
export function signalAll(signal: NodeJS.Signals, pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** Local addresses, as /proc/net/tcp writes them, at which any of these processes listens. */
export function listeningAddresses(processes: readonly Process[]): string[] {
  const sockets = new Set(processes.flatMap(({ pid }) => openSockets(pid)));
  const table = ['tcp', 'tcp6'].flatMap((name) =>
    readFileSync(`/proc/net/${name}`, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/)),
  );
  return table
    .filter(([, , , state, , , , , , inode]) => state === LISTENING && sockets.has(inode!))
    .map(([, address]) => address!.split(':')[0]!);
}

const LISTENING = '0A';

/** Descriptors come and go while they are read. */
function unlessGone<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

function openSockets(pid: number): string[] {
  const descriptors = unlessGone(() => readdirSync(`/proc/${pid}/fd`), []);
  return descriptors.flatMap(
    (fd) => /^socket:\[(\d+)\]$/.exec(unlessGone(() => readlinkSync(`/proc/${pid}/fd/${fd}`), ''))?.[1] ?? [],
  );
}

/** Waits for a moment in which `look` finds what it looks for. */
export async function eventually<T>(
  look: () => T | Promise<T>,
  what: string,
  withinMs = 60_000,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + withinMs;
  while (Date.now() < deadline) {
    const found = await look();
    if (found) return found;
    await sleep(50);
  }
  throw new Error(`${what} did not come within ${withinMs / 1000} s`);
}

/** A port of loopback at which nothing listens. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
