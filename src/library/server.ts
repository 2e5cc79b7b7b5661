/** The server of a client: a connection of the application's own, one that it names, or what the commands would use. */
import { Client } from '@temporalio/client';
import type { Connection } from '@temporalio/client';
import { connectToServer, connectTo } from '../runs/server.ts';
import type { Server } from '../runs/server.ts';

export interface ConnectOptions {
  /**
   * A client of the application's own, with its connection, namespace and data converter. It is not closed by `close`.
   *
   * @default none: one is made
   */
  client?: Client;
  /**
   * Address of a Temporal server, `host:port`.
   *
   * @default TEMPORAL_ADDRESS or the profile of the `temporal` command, else the local stack
   */
  address?: string;
  /** @default `default`, or that of the environment where the address comes from there */
  namespace?: string;
  /**
   * Where models and records of runs lie on this machine; relative to the working directory.
   *
   * @default OUTPUT_DIR_ROOT of the configuration in force
   */
  outputRoot?: string;
  /**
   * Whether the local stack is started when no server is named and none runs. Only from a checkout.
   *
   * @default false
   */
  start?: boolean;
}

/** @throws UserError when the server does not answer; its message says what can be done. */
export async function serverOf({ client, address, namespace, start = false }: ConnectOptions): Promise<Server> {
  if (client)
    return {
      client,
      address: 'of the application',
      namespace: client.options.namespace,
      webUi: null,
      dashboard: null,
      local: false,
    };
  if (address !== undefined) return connectTo(address, namespace ?? 'default');
  return connectToServer({ start, say: () => {} });
}

export const closeServer = async ({ client }: Server): Promise<void> => (client.connection as Connection).close();
