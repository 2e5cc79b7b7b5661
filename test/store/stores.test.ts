/** Both kinds of stores keep the same promises; that in a bucket against a real server. */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { checkStore, openStore } from '../../src/store/openStore.ts';
import { withPatience } from '../../src/store/patience.ts';
import type { Store } from '../../src/store/store.ts';
import { listOf, putFolder, removeWhole, takeFolder } from '../../src/store/wholeFolders.ts';
import { s3BehindProxy } from './behindProxy.ts';
import { BUCKET } from './s3Server.ts';
import type { Weather } from './s3Server.ts';

jest.setTimeout(120_000);

const behindProxy = s3BehindProxy();
let folder: string;
let count = 0;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'store-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const KINDS: [string, () => Store][] = [
  [
    'a folder',
    () => {
      mkdirSync(path.join(folder, 'store'));
      return openStore(path.join(folder, 'store'));
    },
  ],
  ['a bucket', () => openStore(`s3://${BUCKET}/some/prefix-${(count += 1)}`)],
];

const local = (...names: string[]): string => path.join(folder, 'local', ...names);
function fill(files: Record<string, string | Buffer>): void {
  rmSync(local(), { recursive: true, force: true });
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(local(name)), { recursive: true });
    writeFileSync(local(name), content);
  }
}

describe.each(KINDS)('%s', (_kind, open) => {
  let store: Store;
  beforeEach(() => {
    store = open();
  });

  test('keeps small files, whole ones and lists; what is not there is said so, and removed twice is removed once', async () => {
    expect(await store.read('run/none')).toBeNull();
    expect(await store.list('run')).toEqual([]);
    await store.write('run/a b+ü.json', '{}');
    await store.write('run/a b+ü.json', '{"v":1}');
    fill({ file: 'content' });
    await store.upload(local('file'), 'run/deep/er/file');
    await store.write('runner/other', 'x');
    expect((await store.read('run/a b+ü.json'))?.toString()).toBe('{"v":1}');
    expect(await store.list('run')).toEqual([
      { key: 'run/a b+ü.json', size: 7 },
      { key: 'run/deep/er/file', size: 7 },
    ]);
    expect(await store.download('run/deep/er/file', local('again'))).toBe(true);
    expect(readFileSync(local('again'), 'utf8')).toBe('content');
    expect(await store.download('run/none', local('none'))).toBe(false);
    for (let times = 0; times < 2; times += 1) {
      await store.remove('run/a b+ü.json');
      await store.removeFolder('run/deep');
    }
    expect(await store.list('run')).toEqual([]);
    expect(await store.list('runner')).toHaveLength(1);
  });

  test('a file of many parts comes back as it was', async () => {
    const bytes = Buffer.alloc(20 * 1024 * 1024);
    for (let at = 0; at < bytes.length; at += 4096) bytes.writeUInt32LE(at, at);
    fill({ weights: bytes });
    await store.upload(local('weights'), 'run/weights');
    expect(await store.download('run/weights', local('again'))).toBe(true);
    expect(readFileSync(local('again')).equals(bytes)).toBe(true);
  });

  test('a local file that is gone is no trouble of the store', async () => {
    await expect(store.upload(local('gone'), 'run/gone')).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await store.read('run/gone')).toBeNull();
  });

  test('passes the check of a run that begins', () => checkStore(store));

  test('a folder is there whole or not at all', async () => {
    fill({ 'modules.json': '[]', '1_Pooling/config.json': '{}', weights: 'one' });
    await putFolder(store, local(), 'run/model');
    expect(await takeFolder(store, 'run/model', path.join(folder, 'taken'))).toBe(true);
    expect((readdirSync(path.join(folder, 'taken'), { recursive: true }) as string[]).sort()).toEqual([
      '1_Pooling',
      '1_Pooling/config.json',
      'modules.json',
      'weights',
    ]);
    // Another one in its place, with a file less.
    fill({ 'modules.json': '[1]', weights: 'two' });
    await putFolder(store, local(), 'run/model');
    expect(await takeFolder(store, 'run/model', path.join(folder, 'taken'))).toBe(true);
    expect(readdirSync(path.join(folder, 'taken')).sort()).toEqual(['modules.json', 'weights']);
    await removeWhole(store, 'run/model');
    expect(await store.list('run')).toEqual([]);
  });

  test.each([
    ['a file less', (whole: Store) => whole.remove('run/model/weights')],
    ['a file changed', (whole: Store) => whole.write('run/model/weights', 'oNe')],
    ['no list', (whole: Store) => whole.remove(listOf('run/model'))],
    [
      'a list that leads out',
      (whole: Store) =>
        whole.write(listOf('run/model'), JSON.stringify({ v: 1, files: { '../x': { size: 1, sha256: '' } } })),
    ],
    ['a list cut off', (whole: Store) => whole.write(listOf('run/model'), '{"v":1')],
  ])('a folder with %s is not taken, and leaves nothing here', async (_what, damage) => {
    fill({ 'modules.json': '[]', weights: 'one' });
    await putFolder(store, local(), 'run/model');
    await damage(store);
    expect(await takeFolder(store, 'run/model', path.join(folder, 'taken'))).toBe(false);
    expect(readdirSync(folder).filter((name) => name.startsWith('taken'))).toEqual([]);
  });

  test('the same folder again costs a look', async () => {
    fill({ weights: 'one' });
    await putFolder(store, local(), 'run/model');
    store.upload = () => Promise.reject(new Error('put again'));
    await putFolder(store, local(), 'run/model');
  });
});

describe('trouble', () => {
  test.each<[Weather]>([['dead'], ['reset'], [500], [503], ['cut']])('a server that is %s is away', async (weather) => {
    const store = openStore(`s3://${BUCKET}/trouble`);
    await store.write('run/a', 'content');
    behindProxy().weather = weather;
    await expect(store.read('run/a')).rejects.toMatchObject({ name: 'StoreTrouble', kind: 'away' });
    behindProxy().weather = 'well';
    expect((await store.read('run/a'))?.toString()).toBe('content');
  });

  test('a slow server is not away', async () => {
    const store = openStore(`s3://${BUCKET}/slow`);
    behindProxy().weather = 'slow';
    await store.write('run/a', 'content');
    expect((await store.read('run/a'))?.toString()).toBe('content');
  });

  test('a folder of many files arrives although every other answer is an error', async () => {
    const store = openStore(`s3://${BUCKET}/flaky`);
    fill(Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`file-${index}`, `content ${index}`])));
    behindProxy().weather = 'flaky';
    const signal = new AbortController().signal;
    const put = () => putFolder(store, local(), 'run/model');
    await withPatience({ ms: 60_000, signal, onTrouble: () => {} }, put);
    behindProxy().weather = 'well';
    expect(await takeFolder(store, 'run/model', path.join(folder, 'taken'))).toBe(true);
  });

  test('an upload that is given up leaves nothing', async () => {
    const store = openStore(`s3://${BUCKET}/aborted`);
    fill({ weights: Buffer.alloc(20 * 1024 * 1024) });
    const ending = new AbortController();
    behindProxy().weather = 'slow';
    setTimeout(() => ending.abort(new Error('given up')), 300);
    await expect(store.upload(local('weights'), 'run/weights', ending.signal)).rejects.toThrow('given up');
    behindProxy().weather = 'well';
    expect(await store.list('run')).toEqual([]);
  });

  test('a bucket that is not there is refused, by name and with what to do', async () => {
    await expect(checkStore(openStore('s3://no-such-bucket/x'))).rejects.toMatchObject({
      kind: 'refused',
      message: 'STORE s3://no-such-bucket/x, bucket no-such-bucket: there is no such bucket: make it, or correct STORE',
    });
  });

  test('a folder that is not mounted is away, and is never made', async () => {
    const store = openStore(path.join(folder, 'not-mounted'));
    await expect(store.write('run/a', 'x')).rejects.toMatchObject({ kind: 'away', message: /not there/ });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a file in the place of the folder is refused', async () => {
    writeFileSync(path.join(folder, 'file'), '');
    await expect(openStore(path.join(folder, 'file')).read('run/a')).rejects.toMatchObject({ kind: 'refused' });
  });
});
