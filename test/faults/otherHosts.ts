/**
 * Hosts beside the stage's own: another name, a network of its own and, where nothing is shared, another storage under the
 * same path. Needs the right to make namespaces.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { execa } from 'execa';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';
import { signalAll } from './processes.ts';
import type { Stage } from './stage.ts';

/** Whether this machine lets a test have a host of its own. */
export const CAN_HAVE_HOSTS = spawnSync('unshare', ['-mun', 'ip', 'link', 'set', 'lo', 'up']).status === 0;

export interface Tunnels {
  /** By port on loopback, the socket that leads to it. */
  sockets: Record<number, string>;
  close: () => void;
}

/** The servers' ends of what inject/tunnel.mjs opens in the other hosts: Temporal, and the store. */
export function openTunnels(stage: Stage): Tunnels {
  const ports = [stage.stack().address, new URL(stage.storeProxy.url).host].map((at) => Number(at.split(':').at(-1)));
  const sockets = Object.fromEntries(ports.map((port) => [port, path.join(stage.home, `tunnel-${port}.sock`)]));
  const servers = ports.map((port) => {
    rmSync(sockets[port]!, { force: true });
    return net
      .createServer((near) => {
        const far = net.connect(port, '127.0.0.1');
        near.pipe(far).pipe(near);
        near.on('error', () => far.destroy());
        far.on('error', () => near.destroy());
      })
      .listen(sockets[port]);
  });
  return { sockets, close: () => servers.forEach((server) => server.close()) };
}

export interface OtherHost {
  /** Its `models/`, as this host sees it. */
  models: string;
  /** Leaves in good order. */
  leave: () => Promise<void>;
  /** All its processes are gone at once. */
  lose: () => Promise<void>;
}

/** A training worker on another host; it has its own `models/` where `shared` is false. */
export function startOtherHost(
  stage: Stage,
  { sockets }: Tunnels,
  { name, shared, environment = {} }: { name: string; shared: boolean; environment?: Record<string, string> },
): OtherHost {
  const models = path.join(stage.home, 'models');
  const own = path.join(stage.home, `models-of-${name}`);
  rmSync(own, { recursive: true, force: true });
  mkdirSync(own, { recursive: true });
  const inject = path.join(PROJECT_ROOT, 'test', 'faults', 'inject', 'tunnel.mjs');
  const script = `hostname ${name}; ip link set lo up; ${shared ? '' : `mount --bind '${own}' '${models}'; `}exec '${process.execPath}' --disable-warning=ExperimentalWarning --import='${inject}' src/worker/main.ts --queue training`;
  const worker = execa('unshare', ['-mun', 'bash', '-c', script], {
    cwd: PROJECT_ROOT,
    env: {
      ...stage.environment,
      TEMPORAL_ADDRESS: stage.stack().address,
      TUNING_FAULTS_TUNNELS: Object.entries(sockets)
        .map(([port, socket]) => `${port}=${socket}`)
        .join(','),
      ...environment,
    },
    reject: false,
    stdout: 'ignore',
    stderr: 'ignore',
  });
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    worker.kill(signal);
    await worker;
  };
  return {
    models: own,
    leave: () => end('SIGTERM'),
    lose: async () => {
      const all = stage.processes();
      const family = (pid: number): number[] => [
        pid,
        ...all.filter(({ parent }) => parent === pid).flatMap((child) => family(child.pid)),
      ];
      signalAll('SIGKILL', family(worker.pid!));
      await worker;
    },
  };
}

/** Does something while another host works; then it leaves, whatever happened. */
export async function withOtherHost<T>(
  stage: Stage,
  { shared, environment = {} }: { shared: boolean; environment?: Record<string, string> },
  work: () => Promise<T>,
): Promise<T> {
  const tunnels = openTunnels(stage);
  const other = startOtherHost(stage, tunnels, { name: 'other-host', shared, environment });
  try {
    return await work();
  } finally {
    await other.leave();
    tunnels.close();
  }
}

export async function endOf(stage: Stage, name: string): Promise<void> {
  const client = await stage.client();
  await client.workflow.getHandle(`tuning-${await stage.runOf(name)}`).result();
  await client.connection.close();
}
