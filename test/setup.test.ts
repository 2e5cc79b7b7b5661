/** The set-up's modules: stamps, the choice of Python, and one clear line per problem. */
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { PROJECT_ROOT } from '../src/projectRoot.ts';

const { explain } = (await import(path.join(PROJECT_ROOT, 'scripts', 'setup', 'problem.mjs'))) as {
  explain: (stage: string, output: string, log: string) => Error;
};
const { hashOf, isStamped, stamp } = (await import(path.join(PROJECT_ROOT, 'scripts', 'setup', 'stamp.mjs'))) as {
  hashOf: (files: string[]) => string;
  isStamped: (file: string, facts: object) => boolean;
  stamp: (file: string, facts: object) => void;
};
const { findPython } = (await import(path.join(PROJECT_ROOT, 'scripts', 'setup', 'python.mjs'))) as {
  findPython: (environment: Record<string, string>) => { command: string; version: string };
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'setup-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A program on a PATH of its own. */
function program(name: string, script: string): void {
  writeFileSync(path.join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(path.join(folder, name), 0o755);
}

describe('a problem is one line that says how to mend it', () => {
  test.each<[string, string, RegExp]>([
    ['a full disk', 'npm error ENOSPC: no space left on device', /the disk is full/],
    [
      'no registry',
      'ERROR: Could not find a version that satisfies the requirement torch==2.13.0 (from versions: none)',
      /registry .* cannot be reached/,
    ],
    ['no name service', 'npm error code EAI_AGAIN', /registry .* cannot be reached/],
    [
      'another package than the lock names',
      'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE',
      /hash mismatch/,
    ],
    [
      'a lock out of step',
      'npm error `npm ci` can only install packages when your package.json and package-lock.json are in sync',
      /npm install/,
    ],
    [
      'no venv module',
      'The virtual environment was not created successfully because ensurepip is not available',
      /apt install python3-venv/,
    ],
    ['a folder of somebody else', 'OSError: [Errno 13] Permission denied', /cannot be written/],
    ['anything else', 'line\nerror: something odd\n', /something odd/],
  ])('%s', (_name, output, message) => {
    const { message: told } = explain('Some stage', output, '.tuning/logs/setup.log');
    expect(told).toMatch(message);
    expect(told.split('\n')).toHaveLength(1);
    expect(told).toContain('.tuning/logs/setup.log');
  });
});

test('a node_modules that is a link is not emptied', async () => {
  const checkout = path.join(folder, 'checkout');
  for (const part of ['scripts/setup', 'src/words', 'src/processes', 'package.json', 'package-lock.json'])
    cpSync(path.join(PROJECT_ROOT, part), path.join(checkout, part), { recursive: true });
  const elsewhere = path.join(folder, 'elsewhere');
  mkdirSync(elsewhere);
  writeFileSync(path.join(elsewhere, 'package.txt'), '');
  symlinkSync(elsewhere, path.join(checkout, 'node_modules'));
  const install = `import('./scripts/setup/node.mjs').then((set) => set.installNode(false))`;
  const { failed, stderr } = await execa(process.execPath, ['-e', install], { cwd: checkout, reject: false });
  expect(failed).toBe(true);
  expect(stderr).toContain('node_modules is a link to another folder');
  expect(existsSync(path.join(elsewhere, 'package.txt'))).toBe(true);
});

describe('Python', () => {
  test('is the first one that is new enough', () => {
    program('python3', 'echo 3.9.1');
    program('python3.12', 'echo 3.12.4');
    expect(findPython({ PATH: folder })).toEqual({ command: 'python3.12', version: '3.12.4' });
  });

  test('too old, or not there, is said', () => {
    expect(() => findPython({ PATH: folder })).toThrow(/no Python was found: install Python 3\.10/);
    program('python3', 'echo 3.8.2');
    expect(() => findPython({ PATH: folder })).toThrow(/python3 is 3\.8\.2/);
    expect(() => findPython({ PATH: folder, TUNING_PYTHON: '/nowhere/python' })).toThrow(
      /TUNING_PYTHON=\/nowhere\/python/,
    );
  });
});

test('a stamp speaks of exactly one state of one project', () => {
  const file = path.join(folder, 'deep', 'stamp.json');
  writeFileSync(path.join(folder, 'lock'), '1');
  const facts = () => ({ lock: hashOf([path.join(folder, 'lock')]) });
  expect(isStamped(file, facts())).toBe(false);
  stamp(file, facts());
  expect(isStamped(file, facts())).toBe(true);
  writeFileSync(path.join(folder, 'lock'), '2');
  expect(isStamped(file, facts())).toBe(false);
  writeFileSync(file, '{"half');
  expect(isStamped(file, {})).toBe(false);
});

test('doctor says what is there and what is missing', async () => {
  const { stdout, exitCode } = await execa('node', ['scripts/launch.mjs', 'doctor', '--json'], {
    cwd: PROJECT_ROOT,
    reject: false,
    env: { OPENAI_API_KEY: 'sk-doctor-canary-123456' },
  });
  const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: { name: string; state: string }[] };
  expect(checks.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['Node', 'pinned Node', 'Python packages', 'Temporal server', 'disk', 'API key']),
  );
  expect(exitCode).toBe(ok ? 0 : 1);
  expect(stdout).not.toContain('sk-doctor-canary');
});

describe('the launcher, where nothing needs to be installed', () => {
  const launch = (args: string[], environment: Record<string, string> = {}) =>
    execa(process.execPath, [path.join(PROJECT_ROOT, 'scripts', 'launch.mjs'), ...args], {
      reject: false,
      extendEnv: false,
      env: { PATH: process.env['PATH']!, ...environment },
    });

  test('speaks the language of --lang, else that of the environment; a program reads English', async () => {
    expect((await launch(['doctor', '--lang', 'zh'])).stdout).toContain('磁盘');
    expect((await launch(['--lang=en', 'doctor'], { LANG: 'zh_CN.UTF-8' })).stdout).toContain('disk ');
    const { stdout } = await launch(['doctor', '--json'], { LC_ALL: 'zh_CN.UTF-8' });
    expect(stdout).not.toMatch(/\p{Script=Han}/u);
    expect(JSON.parse(stdout)).toMatchObject({ checks: expect.any(Array) });
  });

  test.each([
    [['doctor', '--jsn'], /^error: unknown option '--jsn'\nUsage: npm run doctor -- \[--json\] \[--lang zh\|en\]$/],
    [['setup', '--lang', 'fr'], /^--lang fr: must be one of zh, en$/],
    [['setup', 'now', '--lang', 'zh'], /^错误：未知选项 'now'\n用法：npm run setup/],
  ])('refuses %j', async (args, answer) => {
    const { stderr, exitCode } = await launch(args);
    expect(stderr).toMatch(answer);
    expect(exitCode).toBe(2);
  });
});
