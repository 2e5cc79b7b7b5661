import { createHash, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { defaultPayloadConverter } from '@temporalio/common';
import type { Payload } from '@temporalio/common';
import { expect, test } from '@jest/globals';
import { ConfigError } from '../../src/config/configError.ts';
import {
  PayloadCodecError,
  dataConverterFromEnvironment,
  payloadCodecFromEnvironment,
} from '../../src/codec/payloadCodec.ts';

const KEY = randomBytes(32).toString('base64');
const OTHER = randomBytes(32).toString('base64');
const idOf = (key: string) => createHash('sha256').update(Buffer.from(key, 'base64')).digest('hex').slice(0, 8);
const codecOf = (key: string, old?: string) =>
  payloadCodecFromEnvironment({
    TUNING_PAYLOAD_KEY: key,
    ...(old === undefined ? {} : { TUNING_PAYLOAD_OLD_KEYS: old }),
  })!;
const payloadOf = (value: unknown): Payload => defaultPayloadConverter.toPayload(value);
const sealed = async (value: unknown, codec = codecOf(KEY)): Promise<Payload> =>
  (await codec.encode([payloadOf(value)]))[0]!;
const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('utf8');
const errorOf = async (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => {
      throw new Error('nothing was thrown');
    },
    (error: Error) => error,
  );
const configErrorOf = (environment: NodeJS.ProcessEnv): string => {
  try {
    payloadCodecFromEnvironment(environment);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
};

test.each([
  ['an object', { trial: 'learning rate', values: [1, 2.5, null] }],
  ['text beyond ASCII', 'Größe 模型 🙂'],
  ['empty text', ''],
  ['null', null],
  ['bytes', Uint8Array.from({ length: 256 }, (_, i) => i)],
  ['no bytes', new Uint8Array()],
  ['much', 'x'.repeat(1_000_000)],
])('%s comes back as it was', async (_, value) => {
  const codec = codecOf(KEY);
  const [decoded] = await codec.decode([await sealed(value, codec)]);
  const back = defaultPayloadConverter.fromPayload(decoded!);
  expect(value instanceof Uint8Array ? Buffer.from(back as Uint8Array).equals(value) : back).toEqual(
    value instanceof Uint8Array ? true : value,
  );
});

test('undefined, and a payload without anything in it, come back', async () => {
  const codec = codecOf(KEY);
  const decoded = await codec.decode(await codec.encode([payloadOf(undefined), {}]));
  expect(defaultPayloadConverter.fromPayload(decoded[0]!)).toBeUndefined();
  expect([Object.keys(decoded[1]!.metadata ?? {}), decoded[1]!.data?.length ?? 0]).toEqual([[], 0]);
  expect(await codec.encode([])).toEqual([]);
  expect(await codec.decode([])).toEqual([]);
});

test('several payloads keep their order', async () => {
  const codec = codecOf(KEY);
  const decoded = await codec.decode(await codec.encode([1, 2, 3].map(payloadOf)));
  expect(decoded.map((payload) => defaultPayloadConverter.fromPayload(payload))).toEqual([1, 2, 3]);
});

test('an encoded payload says how it is encrypted and under which key, and nothing else', async () => {
  const { metadata } = await sealed('a');
  expect(Object.fromEntries(Object.entries(metadata!).map(([name, value]) => [name, text(value)]))).toEqual({
    encoding: 'binary/encrypted',
    'encryption-key-id': idOf(KEY),
  });
});

test('neither the plain text nor its encoding is in the encoded bytes', async () => {
  const { data } = await sealed('canary-in-the-clear');
  for (const word of ['canary-in-the-clear', 'json/plain', 'encoding'])
    expect(Buffer.from(data!).includes(word)).toBe(false);
});

test('the same payload is encoded with another nonce each time', async () => {
  const codec = codecOf(KEY);
  const encoded = await codec.encode(Array.from({ length: 100 }, () => payloadOf('same')));
  expect(new Set(encoded.map(({ data }) => Buffer.from(data!.subarray(0, 12)).toString('hex'))).size).toBe(100);
});

test('a change of any byte is found', async () => {
  const codec = codecOf(KEY);
  const payload = await sealed('a', codec);
  for (let index = 0; index < payload.data!.length; index++) {
    const data = Buffer.from(payload.data!);
    data[index]! ^= 1;
    await expect(codec.decode([{ ...payload, data }])).rejects.toThrow(
      /does not decrypt with the key [0-9a-f]{8} of TUNING_PAYLOAD_KEY/,
    );
  }
});

test.each([0, 1, 12, 27, 28, 40])('a payload that is cut to %d bytes is refused', async (length) => {
  const payload = await sealed('a');
  await expect(codecOf(KEY).decode([{ ...payload, data: payload.data!.subarray(0, length) }])).rejects.toThrow(
    PayloadCodecError,
  );
});

test('a payload that lost its data is refused', async () => {
  const { metadata } = await sealed('a');
  await expect(codecOf(KEY).decode([{ metadata }])).rejects.toThrow(PayloadCodecError);
});

test('a payload of another key is refused by the names of the variables, without key material', async () => {
  const { message } = await errorOf(codecOf(OTHER).decode([await sealed('a')]));
  expect(message).toMatch(
    new RegExp(
      `the key ${idOf(KEY)}, which is neither TUNING_PAYLOAD_KEY nor in TUNING_PAYLOAD_OLD_KEYS; allowed there: base64 keys of 32 bytes`,
    ),
  );
  for (const key of [KEY, OTHER]) expect(message).not.toContain(key.slice(0, 12));
});

test('a payload that claims another known key is refused', async () => {
  const payload = await sealed('a');
  const claimed = { ...payload, metadata: { ...payload.metadata, 'encryption-key-id': Buffer.from(idOf(OTHER)) } };
  const { message } = await errorOf(codecOf(KEY, OTHER).decode([claimed]));
  expect(message).toMatch(new RegExp(`does not decrypt with the key ${idOf(OTHER)} of TUNING_PAYLOAD_OLD_KEYS`));
  for (const key of [KEY, OTHER]) expect(message).not.toContain(key.slice(0, 12));
});

test.each([
  ['none', undefined],
  ['a strange one', 'line\nbreak'],
])('a key id that is no key id (%s) is refused and not repeated', async (_, id) => {
  const { metadata, data } = await sealed('a');
  const { message } = await errorOf(
    codecOf(KEY).decode([
      { metadata: { encoding: metadata!['encoding']!, ...(id ? { 'encryption-key-id': Buffer.from(id) } : {}) }, data },
    ]),
  );
  expect(message).toMatch(/^a payload is encrypted with a key of another program, .*$/);
});

test('after a rotation old payloads are read and new ones are written with the new key', async () => {
  const rotated = codecOf(OTHER, `${randomBytes(32).toString('base64')}, ${KEY}`);
  const fresh = await sealed('new', rotated);
  expect(text(fresh.metadata!['encryption-key-id'])).toBe(idOf(OTHER));
  const decoded = await rotated.decode([await sealed('old'), fresh]);
  expect(decoded.map((payload) => defaultPayloadConverter.fromPayload(payload))).toEqual(['old', 'new']);
});

test('payloads of another encoding, or of none, are left as they are', async () => {
  const foreign: Payload[] = [
    payloadOf({ begun: 'before the key was set' }),
    { metadata: { encoding: Buffer.from('binary/zstd') }, data: Buffer.from([1]) },
    { data: Buffer.from([2]) },
    {},
  ];
  const decoded = await codecOf(KEY).decode(foreign);
  decoded.forEach((payload, index) => expect(payload).toBe(foreign[index]));
});

test.each([
  ['not base64', 'not a key!'],
  ['too short', randomBytes(31).toString('base64')],
  ['too long', randomBytes(33).toString('base64')],
  ['hex', randomBytes(32).toString('hex')],
  ['unpadded', KEY.slice(0, -1)],
  ['two keys', `${KEY},${OTHER}`],
  ['broken by a space', `${KEY.slice(0, 9)} ${KEY.slice(9)}`],
])('a malformed key (%s) is refused by name and not shown', (_, key) => {
  const message = configErrorOf({ TUNING_PAYLOAD_KEY: key });
  expect(message).toMatch(/^TUNING_PAYLOAD_KEY: must be the base64 of exactly 32 bytes; .*$/);
  expect(message).not.toContain(key.slice(0, 9));
});

test('a malformed old key is refused by its place', () => {
  const message = configErrorOf({ TUNING_PAYLOAD_KEY: KEY, TUNING_PAYLOAD_OLD_KEYS: `${OTHER},short` });
  expect(message).toMatch(
    /^TUNING_PAYLOAD_OLD_KEYS \(key 2 of 2\): must be the base64 of exactly 32 bytes, several separated by commas; .*$/,
  );
  expect(message).not.toContain('short');
  expect(message).not.toContain(OTHER);
});

test('every malformed variable is named at once', () => {
  expect(
    configErrorOf({ TUNING_PAYLOAD_KEY: 'x', TUNING_PAYLOAD_OLD_KEYS: 'y' })
      .split('\n')
      .map((line) => line.split(':')[0]),
  ).toEqual(['TUNING_PAYLOAD_KEY', 'TUNING_PAYLOAD_OLD_KEYS']);
});

test('old keys alone are refused, as plain text would be written', () => {
  expect(configErrorOf({ TUNING_PAYLOAD_OLD_KEYS: KEY })).toMatch(
    /^TUNING_PAYLOAD_KEY: must be set where TUNING_PAYLOAD_OLD_KEYS is/,
  );
});

test.each([{}, { TUNING_PAYLOAD_KEY: '' }, { TUNING_PAYLOAD_KEY: ' ', TUNING_PAYLOAD_OLD_KEYS: '' }])(
  'without a key (%j) nothing is encrypted',
  (environment) => {
    expect(payloadCodecFromEnvironment(environment)).toBeNull();
    expect(dataConverterFromEnvironment(environment)).toBeUndefined();
  },
);

test('with a key the data converter has one codec, which shows no key when it is logged', async () => {
  const converter = dataConverterFromEnvironment({ TUNING_PAYLOAD_KEY: `${KEY}\n` })!;
  expect(converter).toEqual({
    payloadCodecs: [{ encode: expect.any(Function), decode: expect.any(Function) }],
    failureConverterPath: expect.stringMatching(/failureConverter\.ts$/),
  });
  expect(inspect(converter, { depth: 9, showHidden: true })).not.toContain(KEY.slice(0, 12));
});
