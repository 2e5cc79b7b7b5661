/** Output that grows without end, and what bounds it. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { boundOutput, keepBounded } from '../../src/processes/boundedOutput.ts';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'output-'));
  file = path.join(folder, 'server.out');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the output of a process', () => {
  test('is left while it is short, and where there is none', async () => {
    await boundOutput(file);
    writeFileSync(file, 'short');
    await boundOutput(file);
    expect(readdirSync(folder)).toEqual(['server.out']);
  });

  test('that has grown too long is cut; the newest former ones stay', async () => {
    for (const text of ['first.', 'second', 'third.', 'fourth']) {
      writeFileSync(file, text);
      await boundOutput(file, { longest: 5, former: 2 });
    }
    expect(readdirSync(folder).sort()).toEqual(['server.out', 'server.out.1', 'server.out.2']);
    expect([file, `${file}.1`, `${file}.2`].map((name) => readFileSync(name, 'utf8'))).toEqual([
      '',
      'fourth',
      'third.',
    ]);
  });

  test('stays bounded under a process that writes on, whose later lines are there whole', async () => {
    const writer = spawn(
      'sh',
      ['-c', 'i=0; while [ $i -lt 20000 ]; do echo "line $i"; i=$((i+1)); done; sleep 0.3; echo end'],
      {
        stdio: ['ignore', openSync(file, 'a'), 'ignore'],
      },
    );
    const stop = keepBounded([file], (error) => expect(error).toBeNull(), { longest: 20_000, former: 1, everyMs: 5 });
    await once(writer, 'exit');
    // How soon it looks depends on the machine; that it looks until the bound holds does not.
    for (let tries = 0; tries < 500 && statSync(file).size > 20_000; tries += 1) await sleep(20);
    stop();
    const text = readFileSync(file, 'utf8');
    expect(text).not.toContain('\0');
    expect(readdirSync(folder).sort()).toEqual(['server.out', 'server.out.1']);
    expect(statSync(file).size).toBeLessThanOrEqual(20_000);
    expect(`${readFileSync(`${file}.1`, 'utf8')}${text}`).toMatch(/end\n$/);
  });
});

test('logs of processes that are gone are removed too: a worker that is often restarted fills no disk', () => {
  const logs = path.join(folder, 'logs');
  mkdirSync(logs);
  for (let number = 1; number <= 9; number += 1)
    writeFileSync(path.join(logs, `worker.${number}.log`), Buffer.alloc(10 * 1024 * 1024 - 10));
  writeFileSync(path.join(logs, 'worker-other.1.log'), '');
  const program = [
    "const { createLogger } = await import('./src/logging/logger.ts');",
    "const logger = createLogger('worker');",
    'const pause = () => new Promise((done) => setTimeout(done, 150));',
    "for (let line = 0; line < 5; line += 1) { logger.info('a line that is longer than ten bytes'); await pause(); }",
    // Former files are removed beside the work; a loaded machine takes its time.
    "const { readdirSync } = await import('node:fs');",
    "const left = () => readdirSync(process.env.TUNING_STATE_DIR + '/logs').filter((name) => name.startsWith('worker.'));",
    'for (let looks = 0; looks < 400 && left().length > 5; looks += 1) await pause();',
  ].join('\n');
  execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', program], {
    cwd: PROJECT_ROOT,
    env: { ...process.env, TUNING_STATE_DIR: folder },
  });
  const left = readdirSync(logs).filter((name) => name.startsWith('worker.'));
  expect(left.length).toBeLessThanOrEqual(5);
  expect(left).toContain('worker.10.log');
  expect(readdirSync(logs)).toContain('worker-other.1.log');
});
