/** What STORE may be: the text of it, and the bucket in it. Whether it can be reached is not known here. */
import { said } from './said.ts';

/** Names of buckets as S3 has them: lower-case letters, digits, dots and hyphens. */
const ADDRESS = /^s3:\/\/(?<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(?<prefix>[A-Za-z0-9!_.*'()/-]*))?$/;
const SCHEME = /^[a-z][a-z0-9+.-]*:/i;
/** `C:\folder` is a folder. */
const DRIVE = /^[a-z]:[\\/]/i;

export const STORE_ALLOWED = said`allowed: null, a folder, or s3://bucket/prefix without keys, which go into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or wherever else the SDK of AWS looks for them`;

export interface Bucket {
  bucket: string;
  /** Without slashes at its ends; '' for the whole bucket. */
  prefix: string;
}

/** The bucket of an address; null when it is none. */
export function bucketOf(store: string): Bucket | null {
  const { bucket, prefix = '' } = ADDRESS.exec(store)?.groups ?? {};
  const parts = prefix.split('/').filter(Boolean);
  return bucket === undefined || parts.some((part) => part === '.' || part === '..')
    ? null
    : { bucket, prefix: parts.join('/') };
}

/** Whether a text can be a store: a bucket's address, or a folder. */
export function isStore(store: string): boolean {
  if (store.trim() === '' || store.includes('\0')) return false;
  return SCHEME.test(store) && !DRIVE.test(store) ? bucketOf(store) !== null : true;
}
