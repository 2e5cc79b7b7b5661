/**
 * Tools for assistants: `node src/mcp/main.ts` speaks the Model Context Protocol on stdin and stdout; `--http [--port N]`
 * serves it on loopback to who has the dashboard's token.
 *
 * Ends with its input, on SIGTERM and on Ctrl-C.
 */
import { parseArgs } from 'node:util';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { UserError } from '../client/userError.ts';
import { connect } from '../library/client.ts';
import type { TuningClient } from '../library/client.ts';
import { dashboardToken } from '../local/dashboardToken.ts';
import { loadEnvironmentFile } from '../processes/envFile.ts';
import { serveOverHttp } from './http.ts';
import { toolServer } from './tools.ts';

const FIRST_PORT = 8260;
const PORTS_TRIED = 200;

async function main(): Promise<number> {
  loadEnvironmentFile();
  const { http, port } = parseArgs({
    options: { http: { type: 'boolean', default: false }, port: { type: 'string' } },
  }).values;
  const ended = new Promise<void>((resolve) =>
    process.once('SIGTERM', () => resolve()).once('SIGINT', () => resolve()),
  );
  const client = connectedWhenAsked();
  if (http) {
    const token = await dashboardToken();
    const server = await listen(port, token, client);
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

async function listen(given: string | undefined, token: string, client: () => Promise<TuningClient>) {
  if (given !== undefined) return serveOverHttp(Number(given), token, client);
  for (let port = FIRST_PORT; port < FIRST_PORT + PORTS_TRIED; port += 1) {
    try {
      return await serveOverHttp(port, token, client);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
  throw new UserError(`no port from ${FIRST_PORT} to ${FIRST_PORT + PORTS_TRIED - 1} is free on this machine`, 1);
}

process.exit(
  await main().catch((error: Error) => {
    process.stderr.write(`${error instanceof UserError ? error.message : (error.stack ?? error.message)}\n`);
    return error instanceof UserError ? error.exitCode : 1;
  }),
);
