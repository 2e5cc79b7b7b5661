/**
 * How often a request to a bucket is tried. The SDK's own way saves retries up over all requests: once a server has failed
 * some hundred times there are none left, and a large file of many parts then never arrives. A store is waited for with
 * bounds of its own (`patience.ts`), so each request here has the same number of tries, whatever was before.
 */
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { said } from '../domain/said.ts';

type RetryStrategy = Extract<NonNullable<S3ClientConfig['retryStrategy']>, { recordSuccess: unknown }>;
type RetryToken = Awaited<ReturnType<RetryStrategy['acquireInitialRetryToken']>>;

const ATTEMPTS = 5;
/** After the first failure; doubled after each further one, and spread. */
const PAUSE_MS = 100;

const afterFailures = (count: number): RetryToken => ({
  getRetryCount: () => count,
  getRetryDelay: () => (count === 0 ? 0 : PAUSE_MS * 2 ** (count - 1) * (0.5 + Math.random())),
});

export const untiring: RetryStrategy = {
  acquireInitialRetryToken: async () => afterFailures(0),
  refreshRetryTokenForRetry: async (token, { errorType }) => {
    const count = token.getRetryCount() + 1;
    if (errorType === 'CLIENT_ERROR' || count === ATTEMPTS) throw new Error(said`it is not tried again`);
    return afterFailures(count);
  },
  recordSuccess: () => {},
};
