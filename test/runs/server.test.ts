/** Servers that are not as a run would like them. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import proto from '@temporalio/proto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Connection } from '@temporalio/client';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { connectToServer, ensureSearchAttributes } from '../../src/runs/server.ts';
import { UserError } from '../../src/runs/userError.ts';
import { SEARCH_ATTRIBUTES } from '../../src/workflows/messages.ts';
import { developmentServer } from '../temporal/stage.ts';

let server: TestWorkflowEnvironment;
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  server = await developmentServer();
});
afterAll(() => server?.teardown());

const own = { ...process.env };
afterAll(() => void (process.env = own));
const connectTo = (address: string, namespace: string) => {
  process.env['TEMPORAL_ADDRESS'] = address;
  process.env['TEMPORAL_NAMESPACE'] = namespace;
  return connectToServer({ start: false, say: () => {} });
};

describe('a server that is named', () => {
  test('and has no such namespace is refused with the command that makes one', async () => {
    const refused = connectTo(server.address, 'nowhere');
    await expect(refused).rejects.toThrow(UserError);
    await expect(refused).rejects.toThrow(
      /has no namespace nowhere: create it with `temporal operator namespace create -n nowhere`/,
    );
  });

  test('and does not answer is refused by its address', async () => {
    const address = '127.0.0.1:1';
    await expect(connectTo(address, 'default')).rejects.toThrow(`the Temporal server at ${address} does not answer`);
  });
});

describe('search attributes', () => {
  test('are registered where the server takes them, and found there the next time', async () => {
    const connected = await connectTo(server.address, 'default');
    expect(await ensureSearchAttributes(connected)).toBe(true);
    expect(await ensureSearchAttributes(connected)).toBe(true);
  });

  test('of a server that has no room for them are done without', async () => {
    const full = await developmentServer();
    try {
      const connected = await connectTo(full.address, 'default');
      const { operatorService } = connected.client.connection as Connection;
      const keyword = proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;
      for (let taken = 0, room = true; room && taken < 50; taken += 1) {
        room = await operatorService
          .addSearchAttributes({ namespace: 'default', searchAttributes: { [`Taken${taken}`]: keyword } })
          .then(
            () => true,
            () => false,
          );
      }
      expect(await ensureSearchAttributes(connected)).toBe(false);
      const { customAttributes } = await operatorService.listSearchAttributes({ namespace: 'default' });
      expect(Object.keys(customAttributes ?? {})).not.toContain(SEARCH_ATTRIBUTES.status.name);
    } finally {
      await full.teardown();
    }
  });
});
