/** `push-model` as it is typed, against a hub of our own on loopback. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { commandIn, endedRunIn, modelsIn } from './onDisk.ts';

const RUN = 'tune-20260102-030405';
const TOKEN = 'hf_a-token-that-nobody-may-read';

let folder: string;
let hub: Server;
let address: string;
let calls: { call: string; authorization: string | undefined; body: string }[];
let refuses: string | null;
/** Of the repository on the hub; null: it is not there. */
let there: 'private' | 'public' | null;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'push-'));
  mkdirSync(modelsIn(folder));
  calls = [];
  refuses = null;
  there = null;
  hub = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      const call = `${request.method} ${request.url!.split('?')[0]}`;
      calls.push({ call, authorization: request.headers.authorization, body });
      const [status, answer] = answerTo(call, body);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(hub.address() as AddressInfo).port}`;
  await endedRunIn(folder, RUN, 0.6);
});
afterEach(async () => {
  await new Promise((resolve) => hub.close(resolve));
  rmSync(folder, { recursive: true });
});

function answerTo(call: string, body: string): [number, unknown] {
  if (refuses !== null && call.includes(refuses)) return [403, { error: 'this token may not write here' }];
  if (call.startsWith('GET') && there)
    return [200, { _id: '1', id: 'me/model', private: there === 'private', lastModified: '2026-01-02T03:04:05Z' }];
  if (call.startsWith('GET')) return [404, { error: 'no such repository' }];
  if (call.includes('/preupload/')) {
    const { files } = JSON.parse(body) as { files: { path: string }[] };
    return [
      200,
      { files: files.map(({ path: name }) => ({ path: name, uploadMode: 'regular', shouldIgnore: false })) },
    ];
  }
  return [200, { url: `${address}/me/model`, id: 'me/model', commitOid: 'abc', commitUrl: address, hookOutput: '' }];
}

const push = (args: string[], environment: Record<string, string> = {}) =>
  commandIn(folder, ['push-model', RUN, ...args], {
    HF_ENDPOINT: address,
    HF_TOKEN: TOKEN,
    LC_ALL: 'C',
    ...environment,
  });

interface Sent {
  key: string;
  value: { path: string; content: string };
}
const sentFiles = (): Record<string, string> =>
  Object.fromEntries(
    calls
      .find(({ call }) => call.includes('/commit/'))!
      .body.trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Sent)
      .filter(({ key }) => key === 'file')
      .map(({ value }) => [value.path, Buffer.from(value.content, 'base64').toString()]),
  );

describe('push-model', () => {
  test('says with --dry-run what would go, needs no token and asks nobody', async () => {
    const { code, out } = await push(['--repo', 'me/model', '--private', '--dry-run'], { HF_TOKEN: '' });
    expect(code).toBe(0);
    expect(out).toContain(`The model of ${RUN} for ${address}/me/model (main), private:`);
    expect(out).toMatch(/ {2}README\.md\n/);
    expect(out).toContain('The hub was not asked: a repository that is there');
    expect(out).toMatch(/ in \d+ files\n/);
    expect(calls).toEqual([]);
  });

  test('makes the repository and puts all files in one commit, with a card that a hub can read', async () => {
    const { code, out, err } = await push(['--repo', 'me/model', '--private']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`Pushed: ${address}/me/model`);
    expect(calls.map(({ call }) => call)).toEqual([
      'GET /api/models/me/model',
      'POST /api/repos/create',
      'POST /api/models/me/model/preupload/main',
      'POST /api/models/me/model/commit/main',
    ]);
    expect(calls.every(({ authorization }) => authorization === `Bearer ${TOKEN}`)).toBe(true);
    expect(JSON.parse(calls[1]!.body)).toMatchObject({ name: 'model', organization: 'me', visibility: 'private' });
    const files = sentFiles();
    expect(Object.keys(files)).toEqual(expect.arrayContaining(['README.md', 'tuning.json']));
    const [, front] = files['README.md']!.split('---\n');
    expect(parse(front!)).toMatchObject({ library_name: 'sentence-transformers', pipeline_tag: 'sentence-similarity' });
    expect(files['README.md']).toContain('| trial | tried |');
  });

  test('refuses --private for a repository that is public, and sends nothing', async () => {
    there = 'public';
    const { code, out, err } = await push(['--repo', 'me/model', '--private']);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(`--private: ${address}/me/model is there already, and public`);
    expect(calls.every(({ call }) => call.startsWith('GET'))).toBe(true);
  });

  test.each([
    ['private', ['--private']],
    ['private', []],
    ['public', []],
  ] as const)('says of a repository that is there that it is %s, with %j', async (visibility, args) => {
    there = visibility;
    const { code, out } = await push(['--repo', 'me/model', ...args]);
    expect(code).toBe(0);
    expect(out).toContain(`for ${address}/me/model (main), ${visibility}:`);
    expect(calls.map(({ call }) => call)).not.toContain('POST /api/repos/create');
    expect(sentFiles()).toHaveProperty(['README.md']);
  });

  test('tells what the hub said when it refuses, and no token', async () => {
    refuses = '/commit/';
    const { code, out, err } = await push(['--repo', 'me/model']);
    expect(code).toBe(1);
    expect(err).toContain('did not take the model (403');
    expect(`${out}${err}`).not.toContain(TOKEN);
  });

  test.each([
    [['--repo', 'model'], {}, 'allowed: OWNER/NAME'],
    [['--repo', 'me/../x'], {}, 'allowed: OWNER/NAME'],
    [['--repo', 'me/model'], { HF_TOKEN: '' }, 'set HF_TOKEN'],
    [['--repo', 'me/model'], { HF_ENDPOINT: 'http://127.0.0.1:1' }, 'did not take the model'],
  ])('%j with %j is refused with the reason', async (args, environment, words) => {
    const { code, err } = await push(args, environment as Record<string, string>);
    expect(code).not.toBe(0);
    expect(err).toContain(words);
    expect(err).not.toMatch(/\n\s+at /);
  });
});
