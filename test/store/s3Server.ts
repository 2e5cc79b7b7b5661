/** An S3-compatible server on loopback (moto's), and a proxy before it that can be slow, cut, refuse, or be dead. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';
import { freePort } from '../faults/processes.ts';

/** Long enough to be taken out of logs, and in no other text. */
export const STORE_SECRET = 'store-canary-0123456789';
export const BUCKET = 'tuning-test';

export interface S3Server {
  url: string;
  /** What a process needs in its environment to use it. */
  environment: Record<string, string>;
  /** Ends the server's process; its objects are gone with it. */
  close(): Promise<void>;
}

export async function startS3Server(): Promise<S3Server> {
  const port = await freePort();
  const python = path.join(PROJECT_ROOT, '.venv', 'bin', 'python');
  const server = spawn(python, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  const environment = environmentFor(url);
  await answers(url, server);
  const client = new S3Client({
    endpoint: url,
    region: environment['AWS_REGION']!,
    forcePathStyle: true,
    credentials: {
      accessKeyId: environment['AWS_ACCESS_KEY_ID']!,
      secretAccessKey: environment['AWS_SECRET_ACCESS_KEY']!,
    },
  });
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  client.destroy();
  return {
    url,
    environment,
    close: async () => {
      if (server.exitCode !== null || server.signalCode !== null) return;
      const gone = once(server, 'exit');
      server.kill('SIGKILL');
      await gone;
    },
  };
}

export const environmentFor = (url: string): Record<string, string> => ({
  AWS_ENDPOINT_URL_S3: url,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'store-access',
  AWS_SECRET_ACCESS_KEY: STORE_SECRET,
});

async function answers(url: string, server: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if (server.exitCode !== null) throw new Error(`moto ended with ${server.exitCode}`);
    if (
      await fetch(url).then(
        () => true,
        () => false,
      )
    )
      return;
    await sleep(100);
  }
  throw new Error('moto does not answer');
}

/**
 * `well`; `slow`: each request waits; `dead`: no connection is taken; `reset`: each is reset; `cut`: answers break off; `flaky`: every other one is an
 * error; a number: that status.
 */
export type Weather = 'well' | 'slow' | 'dead' | 'reset' | 'cut' | 'flaky' | 500 | 503;

export interface Proxy {
  url: string;
  /** Where it leads; null: nowhere yet. */
  to: string | null;
  weather: Weather;
  /** Method and path of what came, as far as it was taken. */
  requests: string[];
  close(): Promise<void>;
}

const SLOW_MS = 1000;

export async function startProxy(to: string | null): Promise<Proxy> {
  const server = http.createServer((request, response) => {
    proxy.requests.push(`${request.method} ${request.url}`);
    const { weather, to } = proxy;
    if (weather === 'dead' || to === null) return void request.socket.destroy();
    if (weather === 'reset') return void request.socket.resetAndDestroy();
    if (typeof weather === 'number' || (weather === 'flaky' && proxy.requests.length % 2 > 0)) {
      request.resume();
      return void response
        .writeHead(typeof weather === 'number' ? weather : 500, { 'content-type': 'text/plain' })
        .end('not now');
    }
    const pass = (): void => {
      const onward = http.request(to + request.url, { method: request.method, headers: request.headers }, (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        if (weather === 'cut') {
          response.flushHeaders();
          answer.destroy();
          return void request.socket.destroy();
        }
        answer.pipe(response);
      });
      onward.on('error', () => request.socket.destroy());
      request.pipe(onward);
    };
    if (weather === 'slow') setTimeout(pass, SLOW_MS);
    else pass();
  });
  server.on('connection', (socket) => {
    if (proxy.weather === 'dead') socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: Proxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    to,
    weather: 'well',
    requests: [],
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;
}
