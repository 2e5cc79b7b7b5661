/** examples/embedding as its README starts it: an application of its own over a real server, with the agent's workers inside. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { execa } from 'execa';
import { connect } from '../../src/library/client.ts';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';
import { developmentServer } from '../temporal/stage.ts';

jest.setTimeout(600_000);

let env: TestWorkflowEnvironment;
let home: string;
beforeAll(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'tuning-embedding-'));
  env = await developmentServer();
});
afterAll(async () => {
  await env?.teardown();
  rmSync(home, { recursive: true, force: true });
});

test('a workflow of the application tunes as a child and rolls out what is better', async () => {
  const target = path.join(home, 'served');
  const { stdout, stderr } = await execa(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      '--conditions=source',
      'examples/embedding/main.ts',
      '--config',
      'examples/sklearn/tuning.yaml',
      '--target',
      target,
      '--home',
      home,
    ],
    {
      cwd: PROJECT_ROOT,
      env: {
        TEMPORAL_ADDRESS: env.address,
        TEMPORAL_NAMESPACE: 'default',
        TUNING_STATE_DIR: path.join(home, 'state'),
        TUNING_NOISE_SEEDS: '0',
        TUNING_CONFIRM_SEEDS: '0',
        TUNING_MAX_PRIORITY_PARAMS: '1',
        TUNING_ROUNDS_PER_PARAM: '2',
        TUNING_REUSE_TRIALS: 'false',
        TUNING_ADVISER: 'local',
      },
    },
  );
  const outcome = JSON.parse(stdout.trim().split('\n').at(-1)!) as {
    run: string;
    verdict: string;
    rolledOut: string | null;
  };
  expect(['better', 'not_distinguishable', 'worse', 'unknown']).toContain(outcome.verdict);
  expect(outcome.rolledOut).toBe(outcome.verdict === 'better' ? target : null);
  expect(existsSync(target)).toBe(outcome.rolledOut !== null);
  expect(stderr).toMatch(/^tuning, \d+ trained, best \d/m);
  expect(readdirSync(path.join(home, 'models', outcome.run))).toContain('best_overall_model');
  const client = await connect({ client: env.client, outputRoot: path.join(home, 'models') });
  const progress = await client.progress(outcome.run);
  expect(progress).toMatchObject({ status: 'completed', phase: 'ended' });
  expect((await client.report(outcome.run))!.markdown).toContain('log_loss');
});
