/**
 * A store in a bucket, by the SDK of AWS: keys, region and endpoint come from the SDK's own variables and files
 * (AWS_ACCESS_KEY_ID, AWS_REGION, AWS_ENDPOINT_URL_S3 …), and from nowhere else.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import pLimit from 'p-limit';
import { said } from '../domain/said.ts';
import type { Bucket } from '../domain/storePlace.ts';
import { StoreTrouble } from './store.ts';
import type { Store, StoredFile } from './store.ts';
import { untiring } from './s3Retries.ts';
import { isMissing, troubleOf } from './s3Trouble.ts';

/** A server that does not take a connection, or says nothing on one, is away; one that is slow is not. */
const CONNECTS_WITHIN_MS = 3000;
const SILENT_MS = 20_000;
/** Large files go in parts of this size, some at once. */
const PART_BYTES = 8 * 1024 * 1024;
const PARTS_AT_ONCE = 3;
const REMOVALS_AT_ONCE = 8;

/** An endpoint of one's own has rarely a name for each bucket. */
const hasOwnEndpoint = (): boolean => Boolean(process.env['AWS_ENDPOINT_URL_S3'] || process.env['AWS_ENDPOINT_URL']);

export function s3Store(name: string, { bucket, prefix }: Bucket): Store {
  const client = new S3Client({
    forcePathStyle: hasOwnEndpoint() || bucket.includes('.'),
    retryStrategy: untiring,
    // Our manifests have digests of their own; many compatible servers do not know the SDK's checksums by default.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: CONNECTS_WITHIN_MS, socketTimeout: SILENT_MS },
  });
  const at = (key: string): { Bucket: string; Key: string } => ({
    Bucket: bucket,
    Key: prefix === '' ? key : `${prefix}/${key}`,
  });
  const there = async <T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw troubleOf(name, bucket, error);
    }
  };

  const get = async (key: string, signal?: AbortSignal): Promise<GetObjectCommandOutput | null> => {
    try {
      return await client.send(new GetObjectCommand(at(key)), signal ? { abortSignal: signal } : {});
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  };
  const list = (folder: string): Promise<StoredFile[]> =>
    there(async () => {
      const found: StoredFile[] = [];
      const { Bucket, Key } = at(`${folder}/`);
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix: Key }))
        for (const { Key: full, Size = 0 } of Contents)
          if (full !== undefined) found.push({ key: `${folder}/${full.slice(Key.length)}`, size: Size });
      return found.sort((a, b) => (a.key < b.key ? -1 : 1));
    });
  const remove = (key: string): Promise<void> =>
    there(async () => {
      await client.send(new DeleteObjectCommand(at(key)));
    });

  return {
    name,
    list,
    remove,
    read: (key) =>
      there(async () => {
        const object = await get(key);
        return object && Buffer.from(await object.Body!.transformToByteArray());
      }),
    write: (key, content) =>
      there(async () => {
        await client.send(new PutObjectCommand({ ...at(key), Body: content }));
      }),
    upload: async (file, key, signal) => {
      await stat(file);
      await there(async () => {
        const upload = new Upload({
          client,
          params: { ...at(key), Body: createReadStream(file) },
          partSize: PART_BYTES,
          queueSize: PARTS_AT_ONCE,
        });
        const abort = (): void => void upload.abort();
        signal?.addEventListener('abort', abort, { once: true });
        try {
          signal?.throwIfAborted();
          await upload.done();
        } finally {
          signal?.removeEventListener('abort', abort);
        }
      }, signal);
    },
    download: (key, file, signal) =>
      there(async () => {
        const object = await get(key, signal);
        if (!object) return false;
        await pipeline(object.Body as Readable, createWriteStream(file), signal ? { signal } : {});
        const { size } = await stat(file);
        if (object.ContentLength !== undefined && size !== object.ContentLength)
          throw new StoreTrouble(
            'away',
            said`the store ${name} sent ${size} of ${object.ContentLength} bytes of ${key}`,
          );
        return true;
      }, signal),
    removeFolder: async (folder) => {
      const atOnce = pLimit(REMOVALS_AT_ONCE);
      // One by one: what removes many at once asks for a checksum that compatible servers do not agree on.
      await Promise.all((await list(folder)).map(({ key }) => atOnce(() => remove(key))));
    },
  };
}
