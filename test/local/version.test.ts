/** What makes a version of the stack another one, and what does not. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { versionOf, versionWords } from '../../src/local/version.ts';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';

let checkout: string;
let digest: string;
beforeAll(async () => {
  checkout = mkdtempSync(path.join(tmpdir(), 'version-'));
  for (const name of ['package.json', 'package-lock.json', 'src', 'trainer', 'config'])
    cpSync(path.join(PROJECT_ROOT, name), path.join(checkout, name), { recursive: true });
  ({ digest } = await versionOf(checkout));
});
afterAll(() => rmSync(checkout, { recursive: true }));

/** The digest while a file is longer by a line; a file that was not there is taken away again. */
async function whileChanged(file: string): Promise<string> {
  const full = path.join(checkout, file);
  let before: string | null = null;
  try {
    before = readFileSync(full, 'utf8');
  } catch {
    mkdirSync(path.dirname(full), { recursive: true });
  }
  writeFileSync(full, `${before ?? ''}\n`);
  const version = await versionOf(checkout);
  if (before === null) rmSync(full);
  else writeFileSync(full, before);
  return version.digest;
}

test('a copy has the version of its original', async () => {
  expect(await versionOf(checkout)).toEqual(await versionOf());
  expect(versionWords({ release: '0.3.0', digest: 'a1b2c3d4' })).toBe('0.3.0 (a1b2c3d4)');
});

describe('another version by', () => {
  test.each([
    'src/worker/main.ts',
    'src/local/takeDown.mjs',
    'src/domain/new.ts',
    'trainer/src/tuning_trainer/trial.py',
    'package-lock.json',
    'trainer/requirements.lock',
    'trainer/requirements-torch.txt',
  ])('%s', async (file) => {
    expect(await whileChanged(file)).not.toBe(digest);
  });

  test('a release number', async () => {
    const file = path.join(checkout, 'package.json');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, before.replace(/"version": "[^"]*"/, '"version": "9.9.9"'));
    const version = await versionOf(checkout);
    writeFileSync(file, before);
    expect(version.release).toBe('9.9.9');
    expect(version.digest).not.toBe(digest);
  });
});

describe('the same version with another', () => {
  test.each([
    'src/client/main.ts',
    'config/default.yaml',
    'config/prompts/plan.md',
    'docs/manual.md',
    'test/local/version.test.ts',
    'trainer/tests/test_x.py',
    'trainer/requirements-dev.lock',
    'trainer/src/tuning_trainer/__pycache__/trial.cpython-311.pyc',
  ])('%s', async (file) => {
    expect(await whileChanged(file)).toBe(digest);
  });
});

test('a stack of 0.2.0, which wrote no version, is of another one', async () => {
  const { stackSchema } = await import('../../src/local/stackFile.ts');
  const supervisor = { pid: 1, startTicks: '1', bootId: '', host: '' };
  const { version } = stackSchema.parse({ supervisor, address: 'a', webUi: 'w', adviser: 'x', members: [] });
  expect(version.digest).not.toBe(digest);
  expect(versionWords(version)).toBe('0.2.0 or earlier');
});
