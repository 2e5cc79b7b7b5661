/** The Temporal server of the local stack: a real development server with its Web UI, on loopback, kept in a file. */
import { createServer } from 'node:net';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { said } from '../domain/said.ts';
import { SEARCH_ATTRIBUTES } from '../workflows/messages.ts';
import { PROJECT_ROOT } from '../projectRoot.ts';
import { LOCAL } from './paths.ts';

export const LOOPBACK = '127.0.0.1';
/** Runs take turns at the queue of trainings (fairness keys, Server 1.29 and later). */
export const SHARES = [
  'matching.enableFairness=true',
  // Priorities hold within one partition of a queue, and few trainings need no more.
  'matching.numTaskqueueReadPartitions=1',
  'matching.numTaskqueueWritePartitions=1',
].flatMap((value) => ['--dynamic-config-value', value]);
const TYPE_NAMES: Record<string, string> = { KEYWORD: 'Keyword', INT: 'Int', DOUBLE: 'Double' };

/** The binary that the set-up installed, or the one that TUNING_TEMPORAL_BIN names. */
export function temporalBinary(): string {
  const chosen = process.env['TUNING_TEMPORAL_BIN'];
  if (chosen) return chosen;
  const binary = path.join(
    PROJECT_ROOT,
    '.venv',
    process.platform === 'win32' ? 'Scripts/temporal.exe' : 'bin/temporal',
  );
  if (!existsSync(binary)) throw new Error(said`the Temporal server is not installed: run \`npm run setup\``);
  return binary;
}

/** @param codecPort - Where the Web UI finds the codec server; null = nothing is encrypted. */
export function serverArguments(port: number, uiPort: number, codecPort: number | null): string[] {
  const attributes = Object.values(SEARCH_ATTRIBUTES).flatMap(({ name, type }) => [
    '--search-attribute',
    `${name}=${TYPE_NAMES[type]}`,
  ]);
  return [
    'server',
    'start-dev',
    '--ip',
    LOOPBACK,
    '--port',
    String(port),
    '--ui-port',
    String(uiPort),
    '--db-filename',
    LOCAL.database,
    '--log-level',
    'warn',
    ...SHARES,
    ...(codecPort === null ? [] : ['--ui-codec-endpoint', `http://${LOOPBACK}:${codecPort}`]),
    ...attributes,
  ];
}

/** The server's own default is one day: a run would be gone from every list the day after it ended. */
const KEPT_FOR = '36500 days';

/** Has the server keep runs that are over until somebody removes them. Done twice, it does nothing more. */
export async function keepClosedRuns(address: string, namespace = 'default'): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: '5 s' });
  try {
    await connection.withDeadline(Date.now() + 10_000, () =>
      connection.workflowService.updateNamespace({
        namespace,
        config: { workflowExecutionRetentionTtl: msToTs(KEPT_FOR) },
      }),
    );
  } finally {
    await connection.close();
  }
}

/** Whether nothing listens at a port of loopback. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, LOOPBACK, () => probe.close(() => resolve(true)));
  });
}

/** Whether a Temporal server answers at an address and knows the namespace. */
export async function answers(address: string, namespace = 'default'): Promise<boolean> {
  let connection: Connection | null = null;
  try {
    connection = await Connection.connect({ address, connectTimeout: '1 s' });
    await connection.withDeadline(Date.now() + 2000, () =>
      connection!.workflowService.describeNamespace({ namespace }),
    );
    return true;
  } catch {
    return false;
  } finally {
    await connection?.close();
  }
}
