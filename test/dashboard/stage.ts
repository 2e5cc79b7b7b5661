/** A dashboard of the test's own, and a browser's part in it: requests with any header, and events as they come. */
import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { afterEach } from '@jest/globals';
import { Reach } from '../../src/dashboard/reach.ts';
import { startDashboard } from '../../src/dashboard/server.ts';
import type { Dashboard } from '../../src/dashboard/server.ts';
import type { Server } from '../../src/runs/server.ts';
import { UserError } from '../../src/runs/userError.ts';

export const TOKEN = 'a'.repeat(43);

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** Closed after the test. @param server - Null: it is away. */
export async function dashboardOver(
  outputRoot: string,
  server: Server | null = null,
  onError: (error: unknown) => void = (error) => {
    throw error;
  },
): Promise<Dashboard> {
  const connect = async (): Promise<Server> => {
    if (!server) throw new UserError('the local stack is down');
    return server;
  };
  const dashboard = await startDashboard({
    port: 0,
    token: TOKEN,
    reach: new Reach(connect, outputRoot),
    version: '0.0.0',
    onError,
  });
  open.push(dashboard.close);
  return dashboard;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  json: any;
}

/** As it is typed: `fetch` would tidy paths and refuse a Host of one's own. */
export function ask(
  { url }: Pick<Dashboard, 'url'>,
  path: string,
  {
    method = 'GET',
    headers = {},
    body,
  }: { method?: string; headers?: Record<string, string>; body?: string | undefined } = {},
): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path, method, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        const text = Buffer.concat(parts).toString();
        const json = /json/.test(response.headers['content-type'] ?? '') ? JSON.parse(text) : null;
        resolve({ status: response.statusCode!, headers: response.headers, text, json });
      });
      response.on('error', reject);
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** What the page sends with everything that changes something. */
export const asPage = ({ url }: Pick<Dashboard, 'url'>): Record<string, string> => ({
  'content-type': 'application/json',
  'x-tuning': '1',
  origin: url,
  cookie: `tuning-token-${new URL(url).port}=${TOKEN}`,
});

export const post = (dashboard: Dashboard, path: string, body: unknown, headers = asPage(dashboard)): Promise<Answer> =>
  ask(dashboard, path, { method: 'POST', headers, body: JSON.stringify(body) });

export interface Seen {
  event: string;
  data: any;
}

/** A browser that looks: its events in their order. Closed after the test, or before. */
export class Browser {
  readonly seen: Seen[] = [];
  readonly #leave = new AbortController();
  #news = () => {};
  ended = false;

  static async at({ url }: Pick<Dashboard, 'url'>, path: string): Promise<Browser> {
    const browser = new Browser();
    const response = await fetch(`${url}${path}`, { signal: browser.#leave.signal });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    void browser.#read(response.body!);
    open.unshift(async () => browser.close());
    return browser;
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    let text = '';
    try {
      for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
        text += chunk;
        const whole = text.split('\n\n');
        text = whole.pop()!;
        for (const part of whole) {
          const [, event] = /^event: (.*)$/m.exec(part) ?? [];
          const [, data] = /^data: (.*)$/m.exec(part) ?? [];
          if (event && data) this.seen.push({ event, data: JSON.parse(data) });
        }
        this.#news();
      }
    } catch {
      // Left, or the dashboard closed the connection: either is an end.
    }
    this.ended = true;
    this.#news();
  }

  /** The first event, seen or to come, for which this holds. */
  async until(holds: (seen: Seen) => boolean): Promise<Seen> {
    for (;;) {
      const news = new Promise<void>((resolve) => (this.#news = resolve));
      const found = this.seen.find(holds);
      if (found) return found;
      if (this.ended) throw new Error('the events ended before');
      await news;
    }
  }

  close(): void {
    this.#leave.abort();
  }
}
