/** The remote codec endpoint of Temporal's Web UI: the browser shows plain text, the Temporal server never has it. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { z } from 'zod';

const LOOPBACK = '127.0.0.1';
const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** Protobuf's JSON: bytes are base64, and a null field is an absent one. */
const BODY = z.object({
  payloads: z.array(z.object({ metadata: z.record(z.string(), z.base64()).nullish(), data: z.base64().nullish() })),
});

export interface CodecServer {
  url: string;
  close: () => Promise<void>;
}

/** A request that gets no payloads, and why, in one line. */
class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message.replaceAll(/\s+/g, ' '));
    this.status = status;
  }
}

/**
 * Serves POST /encode and /decode on this machine alone.
 *
 * @param port - 0 takes a free one.
 * @param origin - The Web UI's, as a browser says it: no path, no slash at the end. Pages of every other origin are
 *   refused.
 * @throws Error when the port cannot be had.
 */
export async function startCodecServer({
  port,
  origin,
  codec,
}: {
  port: number;
  origin: string;
  codec: PayloadCodec;
}): Promise<CodecServer> {
  const server = createServer(
    (request, response) => void answer(request, response, origin, codec).catch(() => response.destroy()),
  );
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, LOOPBACK, resolve));
  return {
    url: `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  origin: string,
  codec: PayloadCodec,
): Promise<void> {
  response
    .setHeader('vary', 'Origin')
    .setHeader('cache-control', 'no-store')
    .setHeader('x-content-type-options', 'nosniff');
  try {
    checkOrigin(request, response, origin);
    const convert = conversion(request, codec);
    if (request.method === 'OPTIONS') {
      response
        .writeHead(204, {
          'access-control-allow-methods': 'POST, OPTIONS',
          'access-control-allow-headers': 'content-type, x-namespace, authorization',
          'access-control-max-age': '600',
        })
        .end();
      return;
    }
    const payloads = parse(await bodyOf(request));
    const converted = await convert(payloads).catch((error: Error) => {
      throw new Refusal(400, error.message);
    });
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ payloads: converted.map(toJson) }));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    response.writeHead(error.status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${error.message}\n`);
  }
}

/**
 * CORS alone keeps a page from reading the answer, not from asking. Programs without an origin, such as the `temporal`
 * command, may ask.
 */
function checkOrigin({ headers }: IncomingMessage, response: ServerResponse, origin: string): void {
  if (headers.origin !== undefined && headers.origin !== origin)
    throw new Refusal(403, `pages of this origin may not ask; allowed: ${origin}`);
  response.setHeader('access-control-allow-origin', origin);
}

/** The protocol looks at the end of the path alone: a namespace may stand before it. */
function conversion(
  { method, url = '' }: IncomingMessage,
  codec: PayloadCodec,
): (payloads: Payload[]) => Promise<Payload[]> {
  const name = /\/(encode|decode)$/.exec(url.split('?', 1)[0]!)?.[1] as 'encode' | 'decode' | undefined;
  if (!name || (method !== 'POST' && method !== 'OPTIONS'))
    throw new Refusal(404, 'not found; allowed: POST /encode and POST /decode');
  return async (payloads) => codec[name](payloads);
}

/** What is too much is read to its end and thrown away: a client that still sends would not see the answer. */
async function bodyOf(request: IncomingMessage): Promise<string> {
  let parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length <= MAX_BODY_BYTES) parts.push(part);
    else parts = [];
  }
  if (length > MAX_BODY_BYTES) throw new Refusal(413, `the request is larger than ${MAX_BODY_BYTES} bytes`);
  return Buffer.concat(parts).toString('utf8');
}

function parse(text: string): Payload[] {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new Refusal(400, 'the body is not JSON; allowed: {"payloads":[{"metadata":{NAME: BASE64},"data":BASE64}]}');
  }
  const { data, error } = BODY.safeParse(body);
  if (error)
    throw new Refusal(
      400,
      `${error.issues[0]!.path.join('.') || 'the body'}: ${error.issues[0]!.message}; allowed: {"payloads":[{"metadata":{NAME: BASE64},"data":BASE64}]}`,
    );
  return data.payloads.map((payload) => ({
    metadata: Object.fromEntries(
      Object.entries(payload.metadata ?? {}).map(([name, value]) => [name, Buffer.from(value, 'base64')]),
    ),
    data: Buffer.from(payload.data ?? '', 'base64'),
  }));
}

function toJson({ metadata, data }: Payload): object {
  return {
    metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([name, value]) => [name, base64(value)])),
    data: base64(data ?? new Uint8Array()),
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
