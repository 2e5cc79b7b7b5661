/**
 * Optional encryption of everything that a run hands to the Temporal server: AES-256-GCM under a key that the server
 * never sees.
 */
import { createCipheriv, createDecipheriv, createHash, createSecretKey, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { METADATA_ENCODING_KEY } from '@temporalio/common';
import type { DataConverter, Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import { ConfigError } from '../config/configError.ts';
import { said } from '../domain/said.ts';
import { moduleFile } from '../projectRoot.ts';

const { Payload: PayloadMessage } = proto.temporal.api.common.v1;

/** Failures say what went wrong, in words that may quote data. */
export const FAILURE_CONVERTER_PATH = moduleFile('codec/failureConverter');

const KEY = 'TUNING_PAYLOAD_KEY';
const OLD_KEYS = 'TUNING_PAYLOAD_OLD_KEYS';

const ENCODING = 'binary/encrypted';
const KEY_ID = 'encryption-key-id';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A payload that cannot be decrypted. The message holds no key material and nothing of the data. */
export class PayloadCodecError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PayloadCodecError';
  }
}

/** A key object, unlike its bytes, shows nothing when it is logged. */
interface Key {
  id: string;
  secret: KeyObject;
  /** The variable that it came from. */
  variable: string;
}

/**
 * The codec under TUNING_PAYLOAD_KEY; null where that is unset or empty. Decoding accepts the keys of
 * TUNING_PAYLOAD_OLD_KEYS too.
 *
 * @throws ConfigError when a key is malformed, or there are old keys alone: going on would write plain text where
 *   encryption is meant.
 */
export function payloadCodecFromEnvironment(environment: NodeJS.ProcessEnv = process.env): PayloadCodec | null {
  const problems: string[] = [];
  const keysOf = (variable: string): Key[] =>
    entriesOf(environment, variable).flatMap((entry, index, { length }) => {
      const key = parseKey(entry, variable);
      if (!key)
        problems.push(
          said`${variable}${length > 1 ? said` (key ${index + 1} of ${length})` : ''}: must be the base64 of exactly ${KEY_BYTES} bytes${variable === OLD_KEYS ? said`, several separated by commas` : ''}; \`openssl rand -base64 ${KEY_BYTES}\` makes one`,
        );
      return key ? [key] : [];
    });
  const [current] = keysOf(KEY);
  const old = keysOf(OLD_KEYS);
  if (problems.length === 0 && !current && old.length > 0)
    problems.push(said`${KEY}: must be set where ${OLD_KEYS} is; allowed: the base64 of exactly ${KEY_BYTES} bytes`);
  if (problems.length > 0) throw new ConfigError(problems);
  return current ? codec(current, old) : null;
}

/**
 * What clients and workers take as `dataConverter`; undefined, which is Temporal's own, where no key is set.
 *
 * @throws ConfigError as {@link payloadCodecFromEnvironment} does.
 */
export function dataConverterFromEnvironment(environment: NodeJS.ProcessEnv = process.env): DataConverter | undefined {
  const codec = payloadCodecFromEnvironment(environment);
  return codec ? { payloadCodecs: [codec], failureConverterPath: FAILURE_CONVERTER_PATH } : undefined;
}

/** The current key is taken whole, so that two keys in it are refused rather than one of them ignored. */
function entriesOf(environment: NodeJS.ProcessEnv, variable: string): string[] {
  const text = environment[variable]?.trim();
  if (!text) return [];
  return variable === OLD_KEYS ? text.split(',').map((entry) => entry.trim()) : [text];
}

function parseKey(text: string, variable: string): Key | null {
  const bytes = Buffer.from(text, 'base64');
  // Node skips what is not base64; only canonical text comes back the same.
  if (bytes.length !== KEY_BYTES || bytes.toString('base64') !== text) return null;
  return { id: createHash('sha256').update(bytes).digest('hex').slice(0, 8), secret: createSecretKey(bytes), variable };
}

function codec(current: Key, old: readonly Key[]): PayloadCodec {
  const known = new Map([...old, current].map((key) => [key.id, key]));
  return {
    encode: async (payloads) => payloads.map((payload) => encrypt(payload, current)),
    decode: async (payloads) =>
      payloads.map((payload) =>
        textOf(payload, METADATA_ENCODING_KEY) === ENCODING ? decrypt(payload, known) : payload,
      ),
  };
}

function encrypt(payload: Payload, { id, secret }: Key): Payload {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, secret, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(id));
  const sealed = [cipher.update(PayloadMessage.encode(payload).finish()), cipher.final()];
  return {
    metadata: { [METADATA_ENCODING_KEY]: Buffer.from(ENCODING), [KEY_ID]: Buffer.from(id) },
    data: Buffer.concat([nonce, ...sealed, cipher.getAuthTag()]),
  };
}

function decrypt(payload: Payload, known: ReadonlyMap<string, Key>): Payload {
  const id = textOf(payload, KEY_ID);
  const key = known.get(id);
  // An id that is no id came from elsewhere, and is not repeated.
  if (!key)
    throw new PayloadCodecError(
      said`a payload is encrypted with ${/^[0-9a-f]{8}$/.test(id) ? said`the key ${id}` : said`a key of another program`}, which is neither ${KEY} nor in ${OLD_KEYS}; allowed there: base64 keys of ${KEY_BYTES} bytes, separated by commas`,
    );
  const data = payload.data ?? new Uint8Array();
  const tagAt = data.length - TAG_BYTES;
  try {
    const decipher = createDecipheriv(CIPHER, key.secret, data.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
      .setAAD(Buffer.from(id))
      .setAuthTag(data.subarray(tagAt));
    return PayloadMessage.decode(Buffer.concat([decipher.update(data.subarray(NONCE_BYTES, tagAt)), decipher.final()]));
  } catch {
    throw new PayloadCodecError(
      said`a payload does not decrypt with the key ${id} of ${key.variable}: it was changed after it was encrypted; allowed are only payloads as they were encrypted with a key of ${KEY} or ${OLD_KEYS}`,
    );
  }
}

function textOf({ metadata }: Payload, name: string): string {
  return Buffer.from(metadata?.[name] ?? []).toString('utf8');
}
