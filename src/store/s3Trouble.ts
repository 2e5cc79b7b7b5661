/** What errors of the SDK of AWS mean: nothing there, away, or refused, with the words for a person. */
import { said } from '../domain/said.ts';
import { StoreTrouble } from './store.ts';

interface SdkError extends Error {
  code?: string;
  syscall?: string;
  $metadata?: { httpStatusCode?: number };
}

/** Answers that a person has to change something for, and what. */
const REMEDIES: Record<string, string> = {
  NoSuchBucket: said`there is no such bucket: make it, or correct STORE`,
  AccessDenied: said`these keys may not use it: they need s3:GetObject, s3:PutObject, s3:DeleteObject and s3:ListBucket`,
  AllAccessDisabled: said`access to it is switched off`,
  InvalidAccessKeyId: said`the server does not know AWS_ACCESS_KEY_ID`,
  SignatureDoesNotMatch: said`AWS_SECRET_ACCESS_KEY does not fit AWS_ACCESS_KEY_ID`,
  ExpiredToken: said`AWS_SESSION_TOKEN has expired: get a new one`,
  InvalidToken: said`AWS_SESSION_TOKEN is not valid`,
  RequestTimeTooSkewed: said`this machine's clock is wrong`,
  PermanentRedirect: said`the bucket lies in another region: set AWS_REGION`,
  AuthorizationHeaderMalformed: said`the bucket lies in another region: set AWS_REGION`,
  CredentialsProviderError: said`no keys were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE`,
  InvalidBucketName: said`the server does not allow this name of a bucket`,
};
/** Words of an error that has no name of its own. */
const REGION = /region is missing/i;
/** Errors of local files, which are nothing of the store's: no connection ends with one of these. */
const LOCAL: ReadonlySet<string> = new Set([
  'ENOENT',
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOSPC',
  'EDQUOT',
  'EFBIG',
  'EIO',
  'EISDIR',
  'ENOTDIR',
  'EMFILE',
]);

/** Whether the object is not there, though its bucket is. */
export function isMissing(error: unknown): boolean {
  const { name, $metadata } = error as SdkError;
  return name === 'NoSuchKey' || (name !== 'NoSuchBucket' && $metadata?.httpStatusCode === 404);
}

/** The trouble that an error stands for; an error of a local file comes back as it is. */
export function troubleOf(store: string, bucket: string, error: unknown): Error {
  const { name, message, code, syscall, $metadata } = error as SdkError;
  if (error instanceof StoreTrouble || (syscall !== undefined && code !== undefined && LOCAL.has(code)))
    return error as Error;
  const told = (kind: 'away' | 'refused', why: string) =>
    new StoreTrouble(kind, said`STORE ${store}, bucket ${bucket}: ${why}`, { cause: error });
  const remedy = REMEDIES[name] ?? (REGION.test(message) ? said`set AWS_REGION` : undefined);
  if (remedy) return told('refused', remedy);
  const status = $metadata?.httpStatusCode;
  if (status === 401 || status === 403) return told('refused', `${REMEDIES['AccessDenied']} (${name})`);
  if (status === 301 || status === 307) return told('refused', REMEDIES['PermanentRedirect']!);
  // 400 has names of trouble on the way (a time-out, a body that was cut off) beside those above.
  const why = message.split('\n', 1)[0]!.replace(/^AWS SDK error wrapper for (Error: )?/, '');
  const what = [status, code, why].filter((part) => part !== undefined && part !== '').join(' ');
  return told('away', said`no answer that could be used (${what.slice(0, 200)})`);
}
