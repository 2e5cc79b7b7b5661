/** Ports that command lines name: what is wrong with one is told in one line, in the reader's language. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { listenAt, portOf } from '../../src/config/ports.ts';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';

const taken = createServer();
let home: string;
let port: number;
beforeAll(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'ports-'));
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  ({ port } = taken.address() as AddressInfo);
});
afterAll(async () => {
  await new Promise((resolve) => taken.close(resolve));
  rmSync(home, { recursive: true });
});

const inUse = Object.assign(new Error('listen'), { code: 'EADDRINUSE' });

test('the first free port is taken; one that was given is the only one', async () => {
  const tried: number[] = [];
  const listen = async (at: number) => {
    tried.push(at);
    if (at < 12) throw inUse;
    return at;
  };
  expect(await listenAt(undefined, 10, listen)).toBe(12);
  expect(await listenAt('12', 10, listen)).toBe(12);
  await expect(listenAt('11', 10, listen)).rejects.toThrow('--port 11: something else listens there already');
  expect(tried).toEqual([10, 11, 12, 12, 11]);
  const none = () => Promise.reject(inUse);
  await expect(listenAt(undefined, 8250, none)).rejects.toThrow('no port from 8250 to 8449 is free on this machine');
  await expect(listenAt(undefined, 1, () => Promise.reject(new Error('EACCES')))).rejects.toThrow('EACCES');
});

test.each(['abc', '', '-1', '1.5', '65536', '0x50'])('%j is no port', (given) => {
  expect(() => portOf(given)).toThrow(`--port ${given}: must be a port, 0 (a free one) to 65535`);
});

/** Exit code and stderr of a process of ours. */
const ended = (source: string, args: string[], LC_ALL: string): Promise<[unknown, string]> =>
  new Promise((resolve) => {
    const options = { cwd: PROJECT_ROOT, env: { ...process.env, TUNING_STATE_DIR: home, LC_ALL } };
    const all = ['--disable-warning=ExperimentalWarning', path.join('src', source), ...args];
    execFile(process.execPath, all, options, (error, _stdout, stderr) => resolve([error?.code ?? 0, stderr]));
  });

describe('a process', () => {
  test.each([
    ['dashboard/main.ts', []],
    ['mcp/main.ts', ['--http']],
  ])('%s says in one line what is wrong with its port', async (source, args) => {
    expect(await ended(source, [...args, '--port', 'abc'], 'C')).toEqual([
      2,
      '--port abc: must be a port, 0 (a free one) to 65535\n',
    ]);
    expect(await ended(source, [...args, '--port', String(port)], 'zh_CN.UTF-8')).toEqual([
      2,
      `--port ${port}：该端口已被占用\n`,
    ]);
  });

  test('that serves no port takes none', async () => {
    expect(await ended('mcp/main.ts', ['--port', '8000'], 'zh_CN.UTF-8')).toEqual([
      2,
      '--port 8000：仅可与 --http 一起使用\n',
    ]);
  });
});
