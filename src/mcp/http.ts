/** The tools over HTTP, on this machine alone and for who has the token. */
import { createAdaptorServer } from '@hono/node-server';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import { Hono } from 'hono';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ownOriginOnly, smallBody, thisMachineOnly, withToken } from '../dashboard/access.ts';
import type { TuningClient } from '../library/client.ts';
import { toolServer } from './tools.ts';

const LOOPBACK = '127.0.0.1';

export interface McpOverHttp {
  url: string;
  close: () => Promise<void>;
}

/**
 * Serves POST /mcp; each request stands alone, so nothing is kept between them.
 *
 * @param port - 0 takes a free one.
 * @throws The error of `listen` when the port cannot be had.
 */
export async function serveOverHttp(
  port: number,
  token: string,
  client: () => Promise<TuningClient>,
): Promise<McpOverHttp> {
  const app = new Hono();
  app.use(thisMachineOnly, withToken(token), ownOriginOnly, smallBody);
  app.post('/mcp', async (context) => {
    const server = await toolServer(client);
    const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
    await server.connect(transport);
    try {
      return await transport.handleRequest(context.req.raw);
    } finally {
      await server.close();
    }
  });
  // No stream of the server's own, and no session that could be ended.
  app.all('/mcp', (context) => context.json({ error: 'only POST' }, 405));
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, LOOPBACK, resolve));
  return {
    url: `http://${LOOPBACK}:${(server.address() as AddressInfo).port}/mcp`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
