/**
 * Tools for assistants: `node src/mcp/main.ts` speaks the Model Context Protocol on stdin and stdout; `--http [--port N]`
 * serves it on loopback to who has the dashboard's token.
 *
 * Ends with its input, on SIGTERM and on Ctrl-C.
 */
import { parseArgs } from 'node:util';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { ConfigError } from '../config/configError.ts';
import { listenAt } from '../config/ports.ts';
import { said } from '../domain/said.ts';
import { connect } from '../library/client.ts';
import type { TuningClient } from '../library/client.ts';
import { dashboardToken } from '../local/dashboardToken.ts';
import { loadEnvironmentFile } from '../processes/envFile.ts';
import { tellFailure } from '../runs/tellFailure.ts';
import { serveOverHttp } from './http.ts';
import { toolServer } from './tools.ts';

const FIRST_PORT = 8260;

async function main(): Promise<number> {
  loadEnvironmentFile();
  const { http, port } = parseArgs({
    options: { http: { type: 'boolean', default: false }, port: { type: 'string' } },
  }).values;
  if (port !== undefined && !http) throw new ConfigError([said`--port ${port}: only with --http`]);
  const ended = new Promise<void>((resolve) =>
    process.once('SIGTERM', () => resolve()).once('SIGINT', () => resolve()),
  );
  const client = connectedWhenAsked();
  if (http) {
    const token = await dashboardToken();
    const server = await listenAt(port, FIRST_PORT, (at) => serveOverHttp(at, token, client));
    process.stdout.write(`${server.url}\nAuthorization: Bearer ${token}\n`);
    await ended;
    await server.close();
    return 0;
  }
  const transport = new StdioServerTransport();
  const inputEnded = new Promise<void>((resolve) => process.stdin.once('end', resolve).once('close', resolve));
  await (await toolServer(client)).connect(transport);
  await Promise.race([ended, inputEnded]);
  return 0;
}

/** The server may be away when an assistant begins, and come later. */
function connectedWhenAsked(): () => Promise<TuningClient> {
  let made: Promise<TuningClient> | null = null;
  return () => {
    made ??= connect().catch((error: unknown) => {
      made = null;
      throw error;
    });
    return made;
  };
}

process.exit(await main().catch(tellFailure));
