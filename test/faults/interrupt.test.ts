/** Ctrl-C during `npm run test:faults`: nothing of its stack stays, whenever it comes and however often. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { execa } from 'execa';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';
import { eventually, processesWith, signalAll } from './processes.ts';
import type { Process } from './processes.ts';

jest.setTimeout(180_000);

/** Everything that is started below inherits it. */
let scratch: string;
const processes = (): Process[] => processesWith('TMPDIR', scratch);

beforeEach(() => {
  scratch = mkdtempSync(path.join(tmpdir(), 'tuning-interrupt-'));
});
afterEach(() => {
  signalAll(
    'SIGKILL',
    processes().map(({ pid }) => pid),
  );
  rmSync(scratch, { recursive: true, force: true });
});

/** Processes are found by /proc. */
const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux.each([
  ['SIGINT to the whole group, twice, while its trainer runs', 'SIGINT', 'group', 'tuning_trainer serve'],
  ['SIGTERM to the script alone, while the stack starts', 'SIGTERM', 'script', 'server start-dev'],
] as const)('%s', async (_name, signal, whom, working) => {
  const faults = execa(process.execPath, ['scripts/faults.mjs', '--only', 'kill-training-at-mid-step'], {
    cwd: PROJECT_ROOT,
    env: { TMPDIR: scratch },
    detached: true,
    reject: false,
    all: true,
  });
  await eventually(() => processes().find(({ command }) => command.includes(working)), working, 100_000);
  process.kill(whom === 'group' ? -faults.pid! : faults.pid!, signal);
  if (whom === 'group') {
    await sleep(150);
    process.kill(-faults.pid!, signal);
  }
  const { exitCode, all } = await faults;
  expect([exitCode, all]).toEqual([signal === 'SIGINT' ? 130 : 143, expect.stringContaining('taking the stack down')]);
  expect(processes()).toEqual([]);
  expect(existsSync(scratch) ? readdirSync(scratch).filter((name) => name.startsWith('tuning-faults')) : []).toEqual(
    [],
  );
});
