/**
 * The dashboard as a process: `node src/dashboard/main.ts [--port N] [--supervised] [--open]`.
 *
 * With `--supervised` it is a member of the local stack, at the port that the supervisor has reserved; else it stays in
 * the foreground, over the server that TEMPORAL_ADDRESS names. Ends on SIGTERM and Ctrl-C.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { listenAt } from '../config/ports.ts';
import { said } from '../domain/said.ts';
import { addressWithToken, dashboardToken } from '../local/dashboardToken.ts';
import { readStackFile } from '../local/stackFile.ts';
import { createLogger } from '../logging/logger.ts';
import { isAdviserVariable } from '../processes/adviserEnvironment.ts';
import { loadEnvironmentFile } from '../processes/envFile.ts';
import { openInBrowser } from '../processes/openInBrowser.ts';
import { PROJECT_ROOT } from '../projectRoot.ts';
import { outputRootInForce } from '../runs/knownRuns.ts';
import { connectToServer, connectToStack } from '../runs/server.ts';
import type { Server } from '../runs/server.ts';
import { tellFailure } from '../runs/tellFailure.ts';
import { UserError } from '../runs/userError.ts';
import { languageOf, translated } from '../words/catalogue.ts';
import { Reach } from './reach.ts';
import { startDashboard } from './server.ts';
import type { DashboardOptions } from './server.ts';

const FIRST_PORT = 8250;

const { values: given } = parseArgs({
  options: {
    port: { type: 'string' },
    supervised: { type: 'boolean', default: false },
    open: { type: 'boolean', default: false },
  },
});

async function main(): Promise<number> {
  // On the local stack each run brings its own adviser.
  loadEnvironmentFile(given.supervised ? isAdviserVariable : undefined);
  const logger = createLogger('dashboard', { terminal: false });
  const token = await dashboardToken();
  const reach = new Reach(given.supervised ? connectToOwnStack : connectFromHere, outputRootInForce());
  const ended = new Promise((resolve) => process.once('SIGTERM', resolve).once('SIGINT', resolve));
  const options: Omit<DashboardOptions, 'port'> = {
    token,
    reach,
    version: await release(),
    onError: (error) => logger.warn({ err: error }, 'the dashboard could not do something'),
  };
  const dashboard = await listenAt(given.port, FIRST_PORT, (port) => startDashboard({ ...options, port }));
  logger.info({ url: dashboard.url }, 'the dashboard is ready');
  if (!given.supervised) {
    const address = addressWithToken(dashboard.url, token);
    process.stdout.write(`${translated(said`Dashboard ${address}`, languageOf(process.env))}\n`);
    if (given.open) openInBrowser(address);
  }
  await ended;
  await dashboard.close();
  await reach.close();
  return 0;
}

const connectFromHere = (): Promise<Server> => connectToServer({ start: false, say: () => {} });

async function connectToOwnStack(): Promise<Server> {
  const stack = await readStackFile();
  if (!stack) throw new UserError('the local stack is down: run `npm run up`');
  return connectToStack(stack);
}

async function release(): Promise<string> {
  return (JSON.parse(await readFile(path.join(PROJECT_ROOT, 'package.json'), 'utf8')) as { version: string }).version;
}

process.exit(await main().catch(tellFailure));
