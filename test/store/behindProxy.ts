/** An S3 server for a file of tests. Apart from the server itself, which the faults start outside of Jest. */
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { startProxy, startS3Server } from './s3Server.ts';
import type { Proxy, S3Server } from './s3Server.ts';

/** For a file of tests: a server and its proxy, which this process then uses; the weather is good before each test. */
export function s3BehindProxy(): () => Proxy {
  let server: S3Server;
  let proxy: Proxy;
  beforeAll(async () => {
    server = await startS3Server();
    proxy = await startProxy(server.url);
    Object.assign(process.env, server.environment, { AWS_ENDPOINT_URL_S3: proxy.url });
  });
  afterAll(async () => {
    await proxy.close();
    await server.close();
  });
  beforeEach(() => void (proxy.weather = 'well'));
  return () => proxy;
}
