/** The webhook as a receiver gets it: a real server on loopback. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { messageOf, notifyWith } from '../../src/activities/notifying.ts';
import type { Notice } from '../../src/domain/notices.ts';

const SECRET = `whsec_${Buffer.from('a secret of thirty-two characters').toString('base64')}`;
const NOTICE: Notice = {
  id: 'tune-1/LEARNING_RATE/round-1',
  type: 'run.waiting',
  run: 'tune-1',
  text: { zh: '是否继续？', en: 'Continue?' },
  question: { id: 'LEARNING_RATE/round-1', answers: ['continue', 'stop-round'] },
  status: 'running',
  best: { trial: 'abc', title: 'LEARNING_RATE = 5e-5', score: 0.7 },
  verdict: null,
  because: null,
};

interface Received {
  headers: IncomingMessage['headers'];
  body: string;
}

let server: Server;
let address: string;
let received: Received[];
let answer: { status: number; headers?: Record<string, string> };

beforeEach(async () => {
  received = [];
  answer = { status: 204 };
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      received.push({ headers: request.headers, body });
      response.writeHead(answer.status, answer.headers).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook/part-that-is-secret`;
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

const notify = (webhook: string, variables: Record<string, string> = {}, dashboard: string | null = null) =>
  notifyWith({ dashboard: async () => dashboard, variable: (name) => variables[name] })({ webhook, notice: NOTICE });

describe('a notice', () => {
  test('arrives with a signature that the standard library of receivers verifies', async () => {
    await notify(address, { TUNING_WEBHOOK_SECRET: SECRET }, 'http://127.0.0.1:8250');
    const { headers, body } = received[0]!;
    expect(headers['webhook-id']).toBe(NOTICE.id);
    const verified = new Webhook(SECRET).verify(body, headers as Record<string, string>);
    expect(verified).toMatchObject({
      type: 'run.waiting',
      data: {
        run: 'tune-1',
        message: NOTICE.text,
        links: { dashboard: 'http://127.0.0.1:8250/run/tune-1#question' },
        commands: ['npm run decide -- tune-1 continue', 'npm run decide -- tune-1 stop-round'],
      },
    });
    expect(() =>
      new Webhook(SECRET).verify(body.replace('tune-1', 'tune-2'), headers as Record<string, string>),
    ).toThrow('No matching signature');
  });

  test('goes without a signature where there is no secret', async () => {
    await notify(address);
    expect(received[0]!.headers['webhook-signature']).toBeUndefined();
    expect(JSON.parse(received[0]!.body)).toMatchObject({ text: 'tune-1: Continue?\n是否继续？' });
  });

  test('goes to the address that a variable of the worker holds', async () => {
    await notify('env:TEAM_HOOK', { TEAM_HOOK: address });
    expect(received).toHaveLength(1);
  });
});

describe('a receiver', () => {
  test.each([
    [500, false],
    [429, false],
    [404, true],
  ])('that answers %d: whether that is the last word is %s', async (status, nonRetryable) => {
    answer = { status };
    await expect(notify(address)).rejects.toMatchObject({ type: 'webhook', nonRetryable });
  });

  test('that sends elsewhere is not followed', async () => {
    answer = { status: 307, headers: { location: 'http://127.0.0.1:9/' } };
    await expect(notify(address)).rejects.toThrow('could not be reached');
    expect(received).toHaveLength(1);
  });
});

test('what the run keeps in English is Chinese in the Chinese text', () => {
  const because = 'a person stopped the run';
  const text = { zh: `运行提前结束：${because}。`, en: `The run ended early: ${because}.` };
  expect(messageOf({ ...NOTICE, because, text }, null).data.message).toEqual({
    zh: '运行提前结束：由人停止了运行。',
    en: text.en,
  });
});

describe('messages of failures', () => {
  test.each([
    ['of a variable that is not set', 'env:TEAM_HOOK', {}, 'TEAM_HOOK is not set'],
    [
      'of a variable that holds no address',
      'env:TEAM_HOOK',
      { TEAM_HOOK: 'part-that-is-secret' },
      'no http(s) address',
    ],
  ])('%s name the reason and no secret', async (_name, webhook, variables, words) => {
    const error = await notify(webhook, variables as Record<string, string>).catch((thrown: Error) => thrown);
    expect((error as Error).message).toContain(words);
    expect((error as Error).message).not.toContain('part-that-is-secret');
  });

  test('of a receiver that is away name the reason and no secret', async () => {
    await new Promise((resolve) => server.close(resolve));
    const error = await notify(address).catch((thrown: Error) => thrown);
    expect((error as Error).message).toContain('could not be reached (ECONNREFUSED)');
    expect((error as Error).message).not.toContain('part-that-is-secret');
  });

  test('of a secret that cannot be used', async () => {
    await expect(notify(address, { TUNING_WEBHOOK_SECRET: '?' })).rejects.toThrow(
      'TUNING_WEBHOOK_SECRET cannot be used',
    );
  });
});
