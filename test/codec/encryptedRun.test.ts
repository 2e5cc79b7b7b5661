/** A whole run with TUNING_PAYLOAD_KEY: it works as ever, and the server's history holds none of its text. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { dataConverterFromEnvironment } from '../../src/codec/payloadCodec.ts';
import { currentBundle, developmentServer, withRun } from '../temporal/stage.ts';

let server: TestWorkflowEnvironment;
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  server = await developmentServer();
});
afterAll(() => server?.teardown());

test('the server sees neither configuration, results, summaries nor the words of failures', async () => {
  const dataConverter = dataConverterFromEnvironment({ TUNING_PAYLOAD_KEY: randomBytes(32).toString('base64') })!;
  const client = new Client({ connection: server.connection, namespace: server.namespace!, dataConverter });
  const refused = async () => {
    throw ApplicationFailure.create({
      type: 'adviser_auth',
      message: 'the key was refused by example.org',
      nonRetryable: true,
    });
  };
  await withRun(
    server,
    await currentBundle(dataConverter.failureConverterPath),
    ['INTERACTIVE_MODE=false', 'ROUNDS_PER_PARAM=1', 'MAX_PRIORITY_PARAMS=1'],
    async (handle) => {
      const progress = await handle.result();
      expect(progress.status).toBe('completed');
      expect(progress.notes.join()).toContain('refused by example.org');
      const seen = historyToJSON(await handle.fetchHistory()).replaceAll(/"data":\s*"([^"]*)"/g, (_, data: string) =>
        Buffer.from(data, 'base64').toString('latin1'),
      );
      for (const word of ['LEARNING_RATE', 'best_overall_model', 'example.org', 'all-MiniLM'])
        expect(seen).not.toContain(word);
    },
    { adviseSummary: refused },
    { client, dataConverter },
  );
});
