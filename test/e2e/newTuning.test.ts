/** What `new-tuning` writes does all that a run asks of a training, as `npm run test:trainer` tells. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { execa } from 'execa';
import { newTuning } from '../../src/client/newTuning/newTuning.ts';
import { pythonEnvironment, pythonExecutable } from '../../src/processes/python.ts';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';

jest.setTimeout(300_000);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'new-tuning-e2e-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const KEYS = ['C=1 in 0.01..100 log', 'kernel=rbf of rbf,linear', 'depth=3 of 1,2,3', 'lambda=1 in 1..3'];

test.each([
  { trains: 'function', file: 'fit.py', metric: 'log_loss', direction: 'minimize' },
  { trains: 'command', command: 'node train.mjs', metric: 'f1', direction: 'maximize' },
])('$trains: the training to start from passes every check', async (answers) => {
  jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  const out = `${answers.trains}.yaml`;
  await newTuning({ ...answers, key: KEYS, takes: '5s', out }, { from: folder });
  jest.restoreAllMocks();
  const { stdout, exitCode } = await execa(
    pythonExecutable(),
    ['-m', 'tuning_trainer.plugins.conformance', '--config', path.join(folder, out)],
    { cwd: PROJECT_ROOT, env: pythonEnvironment(), reject: false },
  );
  expect({ exitCode, failed: stdout.match(/✗.*\n.*/g) }).toEqual({ exitCode: 0, failed: null });
  // It reads no files, and says where to name those that its author's reads.
  expect(stdout.match(/^· .*/gm)).toEqual([expect.stringMatching(/^· names its files +TRAINER_FILES is empty/)]);
  expect(stdout.match(/^✓ /gm)).toHaveLength(11);
});
