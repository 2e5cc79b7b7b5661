/** Runs whose files lie where they put them, looked for elsewhere; against a real Temporal server. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { connect } from '../../src/library/client.ts';
import { outputRootOf } from '../../src/runs/runPlace.ts';
import { commandIn, modelsIn } from '../client/onDisk.ts';
import { run } from '../domain/runs.ts';
import { currentBundle, developmentServer, withRun } from '../temporal/stage.ts';

let env: TestWorkflowEnvironment;
let folder: string;
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  folder = mkdtempSync(path.join(tmpdir(), 'place-'));
  env = await developmentServer();
});
afterAll(async () => {
  await env?.teardown();
  rmSync(folder, { recursive: true });
});

test('the run’s own folder comes first, then where runs are looked for', async () => {
  const state = { ...run(`OUTPUT_DIR_ROOT=${path.join(folder, 'own')}`), run: 'r' };
  expect(await outputRootOf(state, { outputRoot: '/elsewhere' })).toBe('/elsewhere');
  mkdirSync(path.join(folder, 'own', 'r'), { recursive: true });
  expect(await outputRootOf(state, { outputRoot: '/elsewhere' })).toBe(path.join(folder, 'own'));
});

test('its model and its size are found there', async () => {
  const own = path.join(folder, 'models-of-the-run');
  const elsewhere = path.join(folder, 'elsewhere');
  await withRun(
    env,
    await currentBundle(),
    ['INTERACTIVE_MODE=false', 'ROUNDS_PER_PARAM=1', `OUTPUT_DIR_ROOT=${own}`],
    async (handle) => {
      await handle.result();
      const name = handle.workflowId.slice('tuning-'.length);
      const model = path.join(own, name, 'best_overall_model');
      mkdirSync(model, { recursive: true });
      writeFileSync(path.join(model, 'model.safetensors'), 'x'.repeat(5000));

      const library = await connect({ client: env.client, outputRoot: modelsIn(elsewhere) });
      expect((await library.state(name)).bytes).toBeGreaterThanOrEqual(5000);
      const { code, out, err } = await commandIn(
        elsewhere,
        ['push-model', name, '--repo', 'me/model', '--dry-run', '--json'],
        { TEMPORAL_ADDRESS: env.address, TEMPORAL_NAMESPACE: 'default' },
      );
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(JSON.parse(out).files).toEqual([{ name: 'model.safetensors', bytes: 5000 }]);
    },
  );
});
