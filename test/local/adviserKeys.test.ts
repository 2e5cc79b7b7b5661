/** The keys of runs: for their owner's eyes alone, and gone with their run. */
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const KEY = 'sk-canary-kept-0123456789';
const home = mkdtempSync(path.join(tmpdir(), 'keys-'));
const own = { ...process.env };
let keys: typeof import('../../src/local/adviserKeys.ts');
beforeAll(async () => {
  process.env['TUNING_STATE_DIR'] = home;
  keys = await import('../../src/local/adviserKeys.ts');
});
afterAll(() => {
  process.env = own;
  rmSync(home, { recursive: true });
});
const folder = path.join(home, 'adviser-keys');

test('a key is stored with mode 600 in a folder of mode 700; what a history holds is a name', async () => {
  const access = await keys.storeAdviserKey('tuning-a', KEY, 'environment');
  expect(JSON.stringify(access)).not.toContain(KEY);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(path.join(folder, `${access.ref}.json`)).mode & 0o777).toBe(0o600);
  expect(await keys.readAdviserKey(access)).toBe(KEY);
  await keys.removeAdviserKey(access);
  expect(await keys.readAdviserKey(access)).toBeNull();
  await keys.removeAdviserKey(access);
});

test('two runs have the keys of their own shells; a run without one has none, whatever the environment says', async () => {
  process.env['OPENAI_API_KEY'] = 'sk-canary-workers-987';
  const first = await keys.storeAdviserKey('tuning-b', 'sk-first-key-123', 'environment');
  const second = await keys.storeAdviserKey('tuning-c', 'sk-second-key-123', '.env');
  expect(await keys.readAdviserKey(first)).toBe('sk-first-key-123');
  expect(await keys.readAdviserKey(second)).toBe('sk-second-key-123');
  expect(await keys.readAdviserKey({ ref: null, origin: 'none' })).toBeNull();
  // Begun by 0.2.0, or on a server with workers of its own.
  expect(await keys.readAdviserKey(null)).toBe('sk-canary-workers-987');
});

test('entries of runs that are over, and what cannot be read, are removed; others stay', async () => {
  const [half, being] = ['0', '1'].map((digit) => path.join(folder, `${digit.repeat(32)}.json`)) as [string, string];
  [half, being].forEach((file) => writeFileSync(file, 'half'));
  utimesSync(half, 1, 1);
  await keys.pruneAdviserKeys(async (workflowId) => workflowId === 'tuning-b');
  expect(readdirSync(folder)).toHaveLength(2);
  expect([existsSync(half), existsSync(being)]).toEqual([false, true]);
});

test('a name from elsewhere cannot leave the folder', async () => {
  await expect(keys.readAdviserKey({ ref: '../stack', origin: 'x' })).rejects.toThrow();
});
