/** What a restart must not take away: the encryption key, and the adviser of runs that 0.2.0 began. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { keyDigests } from '../../src/local/encryptionKeys.mjs';
import { readLegacyAdviser } from '../../src/local/legacyAdviser.mjs';
import { keptFromRestart, takeDown } from '../../src/local/takeDown.mjs';
import { identityOf } from '../../src/processes/identity.ts';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';

const KEY = Buffer.alloc(32, 1).toString('base64');
const OTHER = Buffer.alloc(32, 2).toString('base64');
const onLinux = process.platform === 'linux' ? test : test.skip;

let folder: string;
let file: string;
let children: ChildProcess[];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'restart-'));
  file = path.join(folder, 'stack.json');
  children = [];
});
afterEach(() => {
  children.forEach((child) => child.kill('SIGKILL'));
  rmSync(folder, { recursive: true });
});

/** A process that waits, with this environment alone, as the stack's file tells of it. */
async function member(environment: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000); console.log()'], {
    env: environment,
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.push(child);
  await new Promise((resolve) => child.stdout!.once('data', resolve));
  return (await identityOf(child.pid!))!;
}

async function stackOf(fields: object, environment: NodeJS.ProcessEnv = {}): Promise<void> {
  const supervisor = await member({});
  const since = { since: new Date().toISOString(), restarts: 0 };
  const members = [
    { name: 'server', identity: await member({}), ...since },
    { name: 'worker-tuning', identity: await member(environment), ...since },
  ];
  writeFileSync(file, JSON.stringify({ supervisor, address: 'a', webUi: 'w', members, ...fields }));
}

describe('a stack with an encryption key', () => {
  const version = { release: '0.3.0', digest: 'a1b2c3d4' };
  const encryption = keyDigests({ TUNING_PAYLOAD_KEY: KEY });

  test('is not restarted by a shell that lacks it, and is by one that has it, also as an old one', async () => {
    await stackOf({ version, encryption });
    const problem = await keptFromRestart(file, {});
    expect(problem).toContain('encrypts with a key that this shell lacks: set TUNING_PAYLOAD_KEY (or put it in .env)');
    expect(problem).not.toContain(KEY);
    expect(await keptFromRestart(file, { TUNING_PAYLOAD_KEY: OTHER })).toBe(problem);
    expect(await keptFromRestart(file, { TUNING_PAYLOAD_KEY: KEY })).toBeNull();
    expect(await keptFromRestart(file, { TUNING_PAYLOAD_KEY: OTHER, TUNING_PAYLOAD_OLD_KEYS: `x, ${KEY}` })).toBeNull();
    expect(readFileSync(file, 'utf8')).not.toContain(KEY);
  });

  test('one without a key may be restarted from anywhere; so may one that is gone', async () => {
    await stackOf({ version, encryption: keyDigests({}) });
    expect(await keptFromRestart(file, {})).toBeNull();
    expect(await keptFromRestart(file, { TUNING_PAYLOAD_KEY: KEY })).toBeNull();
    expect(await keptFromRestart(path.join(folder, 'none.json'), {})).toBeNull();
  });

  onLinux("of a release that did not write it down: its worker's environment tells", async () => {
    await stackOf({ encryption: 'e3b0c44298fc' }, { TUNING_PAYLOAD_KEY: KEY });
    expect(await keptFromRestart(file, {})).toContain('this shell lacks');
    expect(await keptFromRestart(file, { TUNING_PAYLOAD_KEY: KEY })).toBeNull();
    await stackOf({}, { TUNING_PAYLOAD_KEY: '' });
    expect(await keptFromRestart(file, {})).toBeNull();
  });

  test('stays up when packages are to be installed by a shell that lacks it: set-up and `up` alike', async () => {
    await stackOf({ version, encryption });
    const run = async (...args: string[]): Promise<string> => {
      const { TUNING_PAYLOAD_KEY: _, TUNING_PAYLOAD_OLD_KEYS: __, TEMPORAL_ADDRESS: ___, ...environment } = process.env;
      const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
        cwd: PROJECT_ROOT,
        env: { ...environment, TUNING_STATE_DIR: folder },
      });
      let output = '';
      child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
      const code = await new Promise((resolve) => child.once('close', resolve));
      expect(code).not.toBe(0);
      return output;
    };
    const taking = `import('./scripts/setup/stacks.mjs').then((stacks) => stacks.takeStacksDown({ comeBack: true }))`;
    expect(await run('-e', taking)).toMatch(/packages are to be installed.*this shell lacks/);
    expect(await run('src/client/main.ts', 'up')).toMatch(
      /^the running stack encrypts with a key that this shell lacks: .* first\n$/,
    );
    expect(children.map(({ exitCode, signalCode }) => exitCode ?? signalCode)).toEqual([null, null, null]);
    expect(existsSync(file)).toBe(true);
  });
});

describe('a stack of 0.2.0', () => {
  const ADVISER = { OPENAI_API_KEY: 'sk-canary-legacy-0123456789', OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' };
  const keys = () => path.join(folder, 'adviser-keys');

  onLinux('leaves the key and the server of its runs, for its owner alone', async () => {
    await stackOf({ adviser: 'x' }, ADVISER);
    expect(await takeDown(file)).toBe(true);
    expect(readLegacyAdviser(keys())).toEqual({ apiKey: ADVISER.OPENAI_API_KEY, baseUrl: ADVISER.OPENAI_BASE_URL });
    expect(readdirSync(keys())).toEqual(['legacy.json']);
    expect(statSync(keys()).mode & 0o777).toBe(0o700);
    expect(statSync(path.join(keys(), 'legacy.json')).mode & 0o777).toBe(0o600);
    await sleep(50);
    expect(children.every(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null)).toBe(true);
  });

  onLinux('without a key leaves what an earlier one left; one of today leaves nothing', async () => {
    mkdirSync(keys());
    const before = JSON.stringify({ apiKey: 'sk-canary-before-0123456789', baseUrl: null });
    writeFileSync(path.join(keys(), 'legacy.json'), before);
    await stackOf({}, { OPENAI_API_KEY: ' ' });
    expect(await takeDown(file)).toBe(true);
    await stackOf({ version: { release: '0.3.0', digest: '' } }, ADVISER);
    expect(await takeDown(file)).toBe(true);
    expect(readFileSync(path.join(keys(), 'legacy.json'), 'utf8')).toBe(before);
  });

  test('whose environment cannot be read: that is told', async () => {
    await stackOf({});
    const stack = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...stack, members: [] }));
    const said: string[] = [];
    expect(await takeDown(file, { say: (line) => said.push(line) })).toBe(true);
    expect(said).toEqual([expect.stringContaining('runs in progress go on with that of .env')]);
  });
});
