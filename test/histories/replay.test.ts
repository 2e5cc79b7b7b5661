/** Runs that were begun by any release go on with the present code: their histories replay, command by command. */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { WorkflowBundle } from '@temporalio/worker';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';
import { currentBundle } from '../temporal/stage.ts';

const FOLDER = path.join(PROJECT_ROOT, 'test', 'histories');
const releases = readdirSync(FOLDER, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const files = releases.flatMap((release) =>
  readdirSync(path.join(FOLDER, release)).map((file) => `${release}/${file}`),
);
const historyIn = (file: string): unknown => JSON.parse(readFileSync(path.join(FOLDER, file), 'utf8'));

let workflowBundle: WorkflowBundle;
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  workflowBundle = await currentBundle();
});

test('every release has every shape', () => {
  const shapes = [
    'happy-continued-as-new',
    'at-a-gate',
    'stopped',
    'overridden',
    'failed-trials',
    'crashed-and-retried',
    'adviser-gone-and-refused',
  ];
  expect(releases.length).toBeGreaterThan(0);
  const since03 = ['stopped-at-once', 'paused-for-adviser', 'cancelled-in-training'];
  for (const release of releases)
    for (const shape of [...shapes, ...(/^0\.[12]\./.test(release) ? [] : since03)])
      expect(files).toContain(`${release}/${shape}-1.json`);
});

describe('histories replay', () => {
  const failures = new Map<string, unknown>();
  beforeAll(async () => {
    // One worker for all: each one loads the workflow's code anew.
    const histories = files.map((file) => ({ workflowId: file, history: historyIn(file) }));
    for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, histories))
      failures.set(workflowId, error);
  }, 1_800_000);

  test.each(files)('%s', (file) => {
    expect(failures.has(file)).toBe(true);
    expect(failures.get(file)).toBeUndefined();
  });
});

test('a change that is not guarded would be found', async () => {
  const changed = { code: workflowBundle.code.replaceAll('probeTrainer', 'probeAnything') };
  expect(changed.code).not.toBe(workflowBundle.code);
  await expect(
    Worker.runReplayHistory({ workflowBundle: changed }, historyIn(files[0]!), 'tuning-replayed'),
  ).rejects.toThrow(/[Nn]ondeterminism/);
});
