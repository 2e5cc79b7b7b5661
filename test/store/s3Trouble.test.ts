/** What a person is told of a bucket that cannot be used, and what is left to be tried again. */
import { expect, test } from '@jest/globals';
import { troubleOf } from '../../src/store/s3Trouble.ts';

const error = (name: string, more: object, message = 'a message\nmore of it'): Error =>
  Object.assign(new Error(message), { name, ...more });
const status = (httpStatusCode: number) => ({ $metadata: { httpStatusCode } });

test.each<[Error, 'away' | 'refused', RegExp]>([
  [error('NoSuchBucket', status(404)), 'refused', /there is no such bucket/],
  [error('AccessDenied', status(403)), 'refused', /s3:PutObject/],
  [error('Forbidden', status(403)), 'refused', /s3:PutObject.*\(Forbidden\)/],
  [error('InvalidAccessKeyId', status(403)), 'refused', /AWS_ACCESS_KEY_ID/],
  [error('SignatureDoesNotMatch', status(403)), 'refused', /AWS_SECRET_ACCESS_KEY does not fit/],
  [error('ExpiredToken', status(400)), 'refused', /AWS_SESSION_TOKEN has expired/],
  [error('PermanentRedirect', status(301)), 'refused', /another region: set AWS_REGION/],
  [error('CredentialsProviderError', {}), 'refused', /no keys were found/],
  [error('Error', {}, 'Region is missing'), 'refused', /set AWS_REGION/],
  [error('SlowDown', status(503)), 'away', /503 a message\)$/],
  [error('InternalError', status(500)), 'away', /500/],
  [error('RequestTimeout', status(400)), 'away', /400/],
  [error('TimeoutError', { code: 'ECONNRESET', syscall: 'read' }), 'away', /ECONNRESET/],
  [error('Error', { code: 'ECONNREFUSED', syscall: 'connect' }), 'away', /ECONNREFUSED/],
  [error('Error', { code: 'ENOTFOUND', syscall: 'getaddrinfo' }), 'away', /ENOTFOUND/],
])('%s is %s', (given, kind, message) => {
  const trouble = troubleOf('s3://b/p', 'b', given);
  expect(trouble).toMatchObject({ name: 'StoreTrouble', kind });
  expect(trouble.message).toMatch(/^STORE s3:\/\/b\/p, bucket b: /);
  expect(trouble.message).toMatch(message);
});

test.each([
  ['ENOENT', 'open'],
  ['ENOSPC', 'write'],
  ['EIO', 'read'],
])('%s of a local file stays what it is', (code, syscall) => {
  const given = error('Error', { code, syscall });
  expect(troubleOf('s3://b/p', 'b', given)).toBe(given);
});
