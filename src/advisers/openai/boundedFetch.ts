/**
 * A fetch for replies of unknown servers: they cannot be larger than a bound, and may take as long as the caller's
 * signal allows. Node's own fetch gives up after five minutes without headers, which reasoning can take.
 */
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { said } from '../../domain/said.ts';

/** Far above any reply that a prompt of ours can have. */
const MAX_REPLY_BYTES = 1024 * 1024;
/** Statuses whose responses have no body, so that `Response` takes none. */
const NO_BODY = new Set([204, 205, 304]);

export class ReplyTooLarge extends Error {
  constructor() {
    super(said`the reply is larger than ${MAX_REPLY_BYTES} bytes`);
    this.name = 'ReplyTooLarge';
  }
}

/** Like `fetch` for text requests, without redirects; reading a body past the bound throws ReplyTooLarge. */
export async function boundedFetch(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
  const url = new URL(input instanceof Request ? input.url : input);
  const incoming = await send(url, init);
  const status = incoming.statusCode ?? 0;
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headersDistinct))
    value?.forEach((one) => headers.append(name, one));
  const options = { status, statusText: incoming.statusMessage ?? '', headers };
  if (NO_BODY.has(status)) {
    incoming.resume();
    return new Response(null, options);
  }
  return new Response(Readable.toWeb(Readable.from(bounded(incoming))) as ReadableStream<Uint8Array>, options);
}

function send(url: URL, { method = 'GET', headers, body, signal }: RequestInit): Promise<IncomingMessage> {
  const text = typeof body === 'string' ? body : null;
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method,
      headers: {
        ...Object.fromEntries(new Headers(headers)),
        ...(text === null ? {} : { 'content-length': Buffer.byteLength(text) }),
      },
      ...(signal ? { signal } : {}),
    });
    request.once('response', resolve).once('error', reject).end(text);
  });
}

async function* bounded(incoming: IncomingMessage): AsyncGenerator<Uint8Array> {
  let seen = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    seen += chunk.byteLength;
    if (seen > MAX_REPLY_BYTES) {
      incoming.destroy();
      throw new ReplyTooLarge();
    }
    yield chunk;
  }
}
