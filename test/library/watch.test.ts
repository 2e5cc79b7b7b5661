/** Following a run by the library, against a real Temporal server. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { connect } from '../../src/library/client.ts';
import { currentBundle, developmentServer, gateOf, withRun } from '../temporal/stage.ts';

let env: TestWorkflowEnvironment;
let models: string;
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  models = mkdtempSync(path.join(tmpdir(), 'watch-'));
  env = await developmentServer();
});
afterAll(async () => {
  await env?.teardown();
  rmSync(models, { recursive: true });
});

test('a run is followed to its end, also while no worker answers for a time', async () => {
  let asked = 0;
  const away = () => asked > 1 && asked < 4;
  const client = new Client({
    connection: env.connection,
    interceptors: {
      workflow: [
        {
          query: async (input, next) => {
            asked += 1;
            if (away()) throw new Error('no poller seen for task queue recently, worker may be down');
            return next(input);
          },
        },
      ],
    },
  });
  const library = await connect({ client, outputRoot: models });
  const settings = ['INTERACTIVE_MODE=true', 'ROUNDS_PER_PARAM=1', `OUTPUT_DIR_ROOT=${models}`];
  const seen: string[] = [];
  await withRun(env, await currentBundle(), settings, async (handle) => {
    await gateOf(handle, 'LEARNING_RATE/end');
    const run = handle.workflowId.slice('tuning-'.length);
    for await (const { status, gate } of library.watch(run)) {
      seen.push(gate?.id ?? status);
      if (seen.length === 1) await library.decide(run, { decision: 'stop-run' });
    }
  });
  expect(seen[0]).toBe('LEARNING_RATE/end');
  expect(seen.at(-1)).toBe('stopped');
  expect(asked).toBeGreaterThanOrEqual(4);
});
