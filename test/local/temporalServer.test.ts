import { expect, test } from '@jest/globals';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { keepClosedRuns } from '../../src/local/temporalServer.ts';
import { developmentServer } from '../temporal/stage.ts';

test('the local server keeps runs that are over for years, not for a day', async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const server = await developmentServer();
  try {
    await keepClosedRuns(server.address);
    await keepClosedRuns(server.address);
    const { config } = await server.connection.workflowService.describeNamespace({ namespace: 'default' });
    expect(Number(config!.workflowExecutionRetentionTtl!.seconds) / 86_400).toBeGreaterThan(3650);
  } finally {
    await server.teardown();
  }
});
