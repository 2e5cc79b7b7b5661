/** A fetch whose replies cannot be larger than a bound, however much a server sends. */

/** Far above any reply that a prompt of ours can have. */
export const MAX_REPLY_BYTES = 1024 * 1024;

export class ReplyTooLarge extends Error {
  constructor() {
    super(`the reply is larger than ${MAX_REPLY_BYTES} bytes`);
    this.name = 'ReplyTooLarge';
  }
}

/** Like `fetch`; reading a body past the bound throws ReplyTooLarge and closes the connection. */
export async function boundedFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, init);
  if (!response.body) return response;
  let seen = 0;
  const bound = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      seen += chunk.byteLength;
      if (seen > MAX_REPLY_BYTES) controller.error(new ReplyTooLarge());
      else controller.enqueue(chunk);
    },
  });
  return new Response(response.body.pipeThrough(bound), {
    status: response.status,
    statusText: response.statusText,
    headers: response.headers,
  });
}
