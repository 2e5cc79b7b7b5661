import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { PROJECT_ROOT } from '../src/projectRoot.ts';
import { startOpenAiServer } from './openaiServer/server.ts';
import type { OpenAiServer } from './openaiServer/server.ts';

let folder: string;
let server: OpenAiServer;
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'key-'));
  server = await startOpenAiServer({ key: 'sk-right-key-123456' });
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/** Runs the command's function in a process of its own, the key on stdin. */
const setup = (key: string, file: string) =>
  execa(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      '--input-type=module',
      '-e',
      `
  const { setupApiKey } = await import(${JSON.stringify(path.join(PROJECT_ROOT, 'src', 'client', 'setupApiKey.ts'))});
  await setupApiKey({ baseUrl: ${JSON.stringify(server.url)} }, ${JSON.stringify(file)}).catch((error) => { console.error(error.message); process.exitCode = error.exitCode; });
`,
    ],
    { input: key, reject: false },
  );

test('a key that the server accepts is kept for its owner alone, and every other line stays', async () => {
  const file = path.join(folder, '.env');
  writeFileSync(file, '# mine\nOTHER=1\nOPENAI_API_KEY=old\n');
  const { stdout, stderr } = await setup('sk-right-key-123456\n', file);
  expect(readFileSync(file, 'utf8')).toBe(
    `# mine\nOTHER=1\nOPENAI_API_KEY="sk-right-key-123456"\nOPENAI_BASE_URL="${server.url}"\n`,
  );
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(stdout + stderr).not.toContain('sk-right-key');
});

test.each([
  ['sk-wrong-key-123456', /refuses the key \(401\)/],
  ['short', /no API key/],
  ['', /no API key/],
])('the key %j is not written', async (key, message) => {
  const file = path.join(folder, '.env');
  const { stderr, exitCode } = await setup(key, file);
  expect([exitCode, stderr]).toEqual([2, expect.stringMatching(message)]);
  expect(existsSync(file)).toBe(false);
  if (key) expect(stderr).not.toContain(key);
});
