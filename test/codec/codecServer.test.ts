import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { startCodecServer } from '../../src/codec/codecServer.ts';
import type { CodecServer } from '../../src/codec/codecServer.ts';
import { payloadCodecFromEnvironment } from '../../src/codec/payloadCodec.ts';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';

const ORIGIN = 'http://127.0.0.1:8233';
const KEY = randomBytes(32).toString('base64');
const MAX_BODY_BYTES = 4 * 1024 * 1024;
const base64 = (text: string) => Buffer.from(text).toString('base64');
const PLAIN = {
  payloads: [
    { metadata: { encoding: base64('json/plain') }, data: base64('"canary"') },
    { metadata: { encoding: base64('binary/null') }, data: '' },
  ],
};

let server: CodecServer;
beforeEach(async () => {
  server = await startCodecServer({
    port: 0,
    origin: ORIGIN,
    codec: payloadCodecFromEnvironment({ TUNING_PAYLOAD_KEY: KEY })!,
  });
});
afterEach(() => server.close());

const post = (where: string, body: unknown, headers: Record<string, string> = { origin: ORIGIN }) =>
  fetch(`${server.url}${where}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

/** Asserts a refusal: its status, and its reason in one line. */
async function expectRefusal(response: Response, status: number, message: RegExp): Promise<void> {
  expect([response.status, await response.text()]).toEqual([status, expect.stringMatching(message)]);
}

test('what it encodes it decodes again, and the plain text is gone in between', async () => {
  const encoded = (await (await post('/encode', PLAIN)).json()) as typeof PLAIN;
  expect(encoded.payloads.map(({ metadata }) => Buffer.from(metadata.encoding, 'base64').toString())).toEqual([
    'binary/encrypted',
    'binary/encrypted',
  ]);
  expect(Buffer.from(encoded.payloads[0]!.data, 'base64').includes('canary')).toBe(false);
  const response = await post('/decode', encoded);
  expect([response.status, response.headers.get('content-type'), response.headers.get('cache-control')]).toEqual([
    200,
    'application/json',
    'no-store',
  ]);
  expect(await response.json()).toEqual(PLAIN);
});

test('payloads that are not encrypted are shown as they are, and absent fields are empty ones', async () => {
  expect(await (await post('/decode', PLAIN)).json()).toEqual(PLAIN);
  expect(await (await post('/decode', { payloads: [{}, { metadata: null, data: null }] })).json()).toEqual({
    payloads: [
      { metadata: {}, data: '' },
      { metadata: {}, data: '' },
    ],
  });
  expect(await (await post('/decode', { payloads: [] })).json()).toEqual({ payloads: [] });
});

test('a namespace may stand before the end of the path, as the protocol has it', async () => {
  expect((await post('/default/decode?x=1', PLAIN)).status).toBe(200);
});

test('the Web UI may ask across origins, with the headers that it sends', async () => {
  const preflight = await fetch(`${server.url}/decode`, {
    method: 'OPTIONS',
    headers: {
      origin: ORIGIN,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type,x-namespace',
    },
  });
  expect(preflight.status).toBe(204);
  expect(Object.fromEntries(preflight.headers)).toMatchObject({
    'access-control-allow-origin': ORIGIN,
    'access-control-allow-methods': 'POST, OPTIONS',
    'access-control-allow-headers': 'content-type, x-namespace, authorization',
    vary: 'Origin',
  });
  expect((await post('/decode', PLAIN)).headers.get('access-control-allow-origin')).toBe(ORIGIN);
  expect((await post('/decode', 'no JSON')).headers.get('access-control-allow-origin')).toBe(ORIGIN);
});

test.each([
  'http://127.0.0.1:8234',
  'http://127.0.0.1:82330',
  'https://127.0.0.1:8233',
  'http://127.0.0.1.example.org:8233',
  'null',
])('pages of %s are refused', async (origin) => {
  const response = await post('/decode', PLAIN, { origin });
  expect(response.headers.get('access-control-allow-origin')).toBeNull();
  await expectRefusal(response, 403, /^pages of this origin may not ask; allowed: http:\/\/127\.0\.0\.1:8233\n$/);
  expect((await fetch(`${server.url}/decode`, { method: 'OPTIONS', headers: { origin } })).status).toBe(403);
});

test('a program without an origin may ask', async () => {
  expect((await post('/decode', PLAIN, {})).status).toBe(200);
});

test.each([
  ['GET', '/decode'],
  ['PUT', '/encode'],
  ['POST', '/'],
  ['POST', '/decoded'],
  ['POST', '/decode/'],
  ['OPTIONS', '/other'],
])('%s %s is not found', async (method, where) => {
  await expectRefusal(
    await fetch(`${server.url}${where}`, { method, headers: { origin: ORIGIN } }),
    404,
    /^not found; allowed: POST \/encode and POST \/decode\n$/,
  );
});

test('a request of 4 MiB is taken, and one byte more is refused', async () => {
  const body = JSON.stringify({ payloads: [] }).padEnd(MAX_BODY_BYTES);
  expect((await post('/decode', body)).status).toBe(200);
  await expectRefusal(await post('/decode', `${body} `), 413, /^the request is larger than 4194304 bytes\n$/);
  await expectRefusal(await post('/decode', body.repeat(4)), 413, /larger/);
});

test.each([
  ['no JSON', '{"payloads":', /^the body is not JSON; allowed: .*\n$/],
  ['nothing', '', /^the body is not JSON/],
  ['no payloads', {}, /^payloads: .*\n$/],
  ['no object', 'null', /^the body: .*\n$/],
  ['no base64', { payloads: [{ data: '***' }] }, /^payloads\.0\.data: .*\n$/],
  [
    'metadata that is no text',
    { payloads: [{ metadata: { encoding: 1 } }] },
    /^payloads\.0\.metadata\.encoding: .*\n$/,
  ],
])('a body with %s is refused', async (_, body, message) => {
  await expectRefusal(await post('/encode', body), 400, message);
});

test('a payload that does not decrypt is refused with the reason', async () => {
  const [first] = ((await (await post('/encode', PLAIN)).json()) as typeof PLAIN).payloads;
  await expectRefusal(
    await post('/decode', { payloads: [{ ...first, data: base64('changed') }] }),
    400,
    /^a payload does not decrypt with the key [0-9a-f]{8} of TUNING_PAYLOAD_KEY: .*\n$/,
  );
});

test('a client that goes away in the middle does no harm', async () => {
  const leaving = request(`${server.url}/decode`, { method: 'POST', headers: { 'content-length': '1000' } }).on(
    'error',
    () => {},
  );
  await new Promise((resolve) => leaving.write('{"payloads":', resolve));
  leaving.destroy();
  expect((await post('/decode', PLAIN)).status).toBe(200);
});

test('a port that is taken is an error', async () => {
  const port = Number(new URL(server.url).port);
  await expect(
    startCodecServer({ port, origin: ORIGIN, codec: payloadCodecFromEnvironment({ TUNING_PAYLOAD_KEY: KEY })! }),
  ).rejects.toThrow(/EADDRINUSE/);
});

/** The program, with no keys but these: an empty variable wins over one of `.env`. */
const program = (args: string[], keys: Record<string, string>) =>
  execa(process.execPath, [path.join(PROJECT_ROOT, 'src', 'codec', 'main.ts'), ...args], {
    env: { TUNING_PAYLOAD_KEY: '', TUNING_PAYLOAD_OLD_KEYS: '', ...keys },
    reject: false,
    timeout: 20_000,
  });

test.each(['SIGTERM', 'SIGINT'] as const)(
  'the program says where it is and what to do with it, and ends on %s',
  async (signal) => {
    const running = program(['--port', '0', '--origin', 'http://localhost:9000/'], { TUNING_PAYLOAD_KEY: KEY });
    for await (const line of running) {
      const url =
        /^The codec server is at (http:\/\/127\.0\.0\.1:\d+): in the Web UI at http:\/\/localhost:9000, click the glasses icon and enter that address as "Remote Codec Endpoint"\.$/.exec(
          String(line),
        )?.[1];
      expect(
        (
          await fetch(`${url}/decode`, {
            method: 'POST',
            headers: { origin: 'http://localhost:9000' },
            body: JSON.stringify(PLAIN),
          })
        ).status,
      ).toBe(200);
      running.kill(signal);
    }
    const { exitCode, stdout, stderr } = await running;
    expect([exitCode, stdout.split('\n').length, stderr]).toEqual([0, 1, '']);
  },
);

test.each([
  [[], {}, /^TUNING_PAYLOAD_KEY: must be set, .*$/],
  [[], { TUNING_PAYLOAD_KEY: 'malformed' }, /^TUNING_PAYLOAD_KEY: must be the base64 of exactly 32 bytes; .*$/],
  [['--port', '70000'], { TUNING_PAYLOAD_KEY: KEY }, /^--port 70000: .*$/],
  [['--origin', 'file:///x'], { TUNING_PAYLOAD_KEY: KEY }, /^--origin file:\/\/\/x: .*$/],
  [['--prt', '1'], { TUNING_PAYLOAD_KEY: KEY }, /allowed: --port and --origin$/],
])('the program with %j exits 2 on settings that are no use, with one line', async (args, keys, message) => {
  const { exitCode, stdout, stderr } = await program(args, keys as Record<string, string>);
  expect([exitCode, stdout, stderr]).toEqual([2, '', expect.stringMatching(message)]);
  expect(stderr).not.toMatch(/\n|malformed/);
});
