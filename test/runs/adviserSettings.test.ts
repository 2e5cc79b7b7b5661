/** Whose key, which server: as this shell has them, blank as not set, and never shown. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openaiClient, serverAddress } from '../../src/advisers/openai/server.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import { isAdviserVariable, withoutAdviser } from '../../src/processes/adviserEnvironment.ts';
import { loadEnvironmentFile } from '../../src/processes/envFile.ts';
import { adviserHere, adviserWords, withServer, workersWords } from '../../src/runs/adviserSettings.ts';
import { UserError } from '../../src/runs/userError.ts';
import { settings as adviserSettings } from '../advisers/context.ts';

const KEY = 'sk-canary-here-0123456789';
const own = { ...process.env };
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'here-'));
  delete process.env['OPENAI_API_KEY'];
  delete process.env['OPENAI_BASE_URL'];
});
afterEach(() => {
  process.env = { ...own };
  rmSync(folder, { recursive: true });
});
const settings = (...set: string[]) => resolveConfig({ set }).AGENT_SETTINGS;
const words = (...set: string[]) =>
  adviserWords(settings(...set), adviserHere(settings(...set), path.join(folder, '.env')));

describe('the adviser of a new run', () => {
  test('is told with model, host and where the key came from, never with the key', () => {
    expect(words()).toContain('the search model alone (OPENAI_API_KEY was not set');
    process.env['OPENAI_API_KEY'] = KEY;
    expect(words()).toBe('gpt-4o-mini at api.openai.com, key from the environment');
    writeFileSync(path.join(folder, '.env'), `OPENAI_API_KEY="${KEY}"\n`);
    process.env['OPENAI_BASE_URL'] = 'http://127.0.0.1:8080/v1';
    expect(words('GPT_MODEL=mine')).toBe('mine at 127.0.0.1:8080, key from .env');
    expect(words('ADVISER=local')).toBe('the search model alone (ADVISER is local)');
    expect(workersWords(settings())).toContain("the workers' own server, with the key of the workers' environment");
  });

  test('keeps the server of its shell, whatever the workers have', () => {
    process.env['OPENAI_BASE_URL'] = 'http://127.0.0.1:8080/v1';
    const config = resolveConfig({});
    const address = () => withServer(config, adviserHere(config.AGENT_SETTINGS)).AGENT_SETTINGS.GPT_BASE_URL;
    expect(address()).toBe('http://127.0.0.1:8080/v1');
    delete process.env['OPENAI_BASE_URL'];
    expect(address()).toBe('https://api.openai.com/v1');
  });

  test.each(['', '  '])('OPENAI_BASE_URL=%j is the same as not set, for clients and workers', (blank) => {
    process.env['OPENAI_BASE_URL'] = blank;
    process.env['OPENAI_API_KEY'] = KEY;
    expect(words()).toContain('gpt-4o-mini at api.openai.com');
    expect(serverAddress({ ...adviserSettings(''), GPT_BASE_URL: null })).toBe('https://api.openai.com/v1');
  });

  test('a password in an address is refused in one line that does not repeat it', () => {
    process.env['OPENAI_BASE_URL'] = 'http://me:hunter2@127.0.0.1/v1';
    const refused = () => adviserHere(settings());
    expect(refused).toThrow(UserError);
    expect(refused).toThrow(/^OPENAI_BASE_URL holds user:password@; allowed: .*OPENAI_API_KEY$/);
    const inConfig = () => settings('GPT_BASE_URL=http://me:hunter2@127.0.0.1/v1');
    expect(inConfig).toThrow(/GPT_BASE_URL = .* is not possible: allowed: an http\(s\) address without user:password@/);
    expect(inConfig).not.toThrow(/hunter2/);
  });

  test('no address at all is refused with an example', () => {
    process.env['OPENAI_BASE_URL'] = 'my-server';
    expect(() => adviserHere(settings())).toThrow('OPENAI_BASE_URL = my-server: must be an http(s) address');
  });
});

test('the processes of the stack are started without anything that the SDK would read', () => {
  const shell = { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: 'http://x', OPENAI_ORG_ID: 'o', OPENAI_CUSTOM_HEADERS: 'a: b' };
  expect(withoutAdviser({ ...shell, PATH: '/bin' })).toEqual({ PATH: '/bin' });
  writeFileSync(path.join(folder, '.env'), 'OPENAI_API_KEY=x\nOPENAI_PROJECT_ID=p\nONLY_HERE=1\n');
  delete process.env['OPENAI_PROJECT_ID'];
  loadEnvironmentFile(isAdviserVariable, path.join(folder, '.env'));
  expect([process.env['OPENAI_API_KEY'], process.env['OPENAI_PROJECT_ID'], process.env['ONLY_HERE']]).toEqual([
    undefined,
    undefined,
    '1',
  ]);
});

test("a run with a key of its own asks without the organisation of the worker's environment", () => {
  process.env['OPENAI_ORG_ID'] = 'org-workers';
  process.env['OPENAI_PROJECT_ID'] = 'proj-workers';
  const of = (ownKey: boolean) => {
    const { organization, project } = openaiClient(adviserSettings('http://127.0.0.1:9/v1'), KEY, ownKey);
    return [organization, project];
  };
  expect(of(true)).toEqual([null, null]);
  expect(of(false)).toEqual(['org-workers', 'proj-workers']);
});
