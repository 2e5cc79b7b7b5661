/** The keys of runs: for their owner's eyes alone, and gone with their run. */
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { serverAddress } from '../../src/advisers/openai/server.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import { findAdviserIn } from '../../src/processes/adviserEnvironment.ts';
import { settings } from '../advisers/context.ts';

const KEY = 'sk-canary-kept-0123456789';
const home = mkdtempSync(path.join(tmpdir(), 'keys-'));
const own = { ...process.env };
let keys: typeof import('../../src/local/adviserKeys.ts');
let giveKey: typeof import('../../src/runs/giveKey.ts').giveKey;
beforeAll(async () => {
  process.env['TUNING_STATE_DIR'] = home;
  keys = await import('../../src/local/adviserKeys.ts');
  ({ giveKey } = await import('../../src/runs/giveKey.ts'));
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
  await keys.pruneAdviserKeys(
    async (workflowId) => workflowId === 'tuning-b',
    async () => true,
  );
  expect(readdirSync(folder)).toHaveLength(2);
  expect([existsSync(half), existsSync(being)]).toEqual([false, true]);
});

test('a name from elsewhere cannot leave the folder', async () => {
  await expect(keys.readAdviserKey({ ref: '../stack', origin: 'x' })).rejects.toThrow();
});

describe('a run that brought no adviser, on the local stack', () => {
  const legacy = path.join(folder, 'legacy.json');
  const envFile = path.join(home, '.env');
  beforeEach(() => {
    delete process.env['OPENAI_API_KEY'];
    delete process.env['OPENAI_BASE_URL'];
    findAdviserIn(() => keys.adviserOnDisk(envFile));
    writeFileSync(envFile, 'OPENAI_API_KEY=sk-canary-file-123\n');
    writeFileSync(legacy, JSON.stringify({ apiKey: 'sk-canary-legacy-123', baseUrl: 'http://127.0.0.1:9/v1' }));
  });
  const server = () => serverAddress({ ...settings(''), GPT_BASE_URL: null });

  test("has its 0.2.0 stack's key and server, else those of .env as it is then; never one of each", async () => {
    expect([await keys.readAdviserKey(null), server()]).toEqual(['sk-canary-legacy-123', 'http://127.0.0.1:9/v1']);
    rmSync(legacy);
    expect([await keys.readAdviserKey(null), server()]).toEqual(['sk-canary-file-123', 'https://api.openai.com/v1']);
    writeFileSync(envFile, 'OPENAI_BASE_URL=http://127.0.0.1:8/v1\n');
    expect([await keys.readAdviserKey(null), server()]).toEqual([null, 'http://127.0.0.1:8/v1']);
    rmSync(envFile);
    expect([await keys.readAdviserKey(null), server()]).toEqual([null, 'https://api.openai.com/v1']);
  });

  test('what its stack left stays while any run is in progress', async () => {
    utimesSync(legacy, 1, 1);
    const never = async () => false;
    await keys.pruneAdviserKeys(never, never);
    expect(existsSync(legacy)).toBe(true);
    await keys.pruneAdviserKeys(never, async () => true);
    expect(existsSync(legacy)).toBe(false);
  });
});

describe('resume gives a run the key of its shell', () => {
  const here = { apiKey: 'sk-canary-new-123', origin: 'environment', baseUrl: 'https://api.openai.com/v1' } as const;
  const config = resolveConfig({});

  test('if it differs, and is for the same server', async () => {
    const adviserAccess = await keys.storeAdviserKey('tuning-d', 'sk-canary-refused-123', 'environment');
    const elsewhere = { ...here, baseUrl: 'http://127.0.0.1:9/v1' };
    expect(await giveKey('tuning-d', { adviserAccess, config }, elsewhere)).toContain('The run keeps its key');
    expect(await giveKey('tuning-d', { adviserAccess, config }, { ...here, apiKey: null })).toBeNull();
    expect(await keys.readAdviserKey(adviserAccess)).toBe('sk-canary-refused-123');
    expect(await giveKey('tuning-d', { adviserAccess, config }, here)).toBe(
      "The run has this shell's key from here on.",
    );
    expect(await keys.readAdviserKey(adviserAccess)).toBe('sk-canary-new-123');
    expect(await giveKey('tuning-d', { adviserAccess, config }, here)).toBeNull();
  });

  test('not if it began without one', async () => {
    for (const adviserAccess of [null, { ref: null, origin: 'none' }])
      expect(await giveKey('tuning-e', { adviserAccess, config }, here)).toBeNull();
  });
});
