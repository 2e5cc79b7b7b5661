/** What goes to one browser, in order. A browser that reads slowly misses states that newer ones replaced. */
import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { News, OneOf } from './told.ts';

export interface FeedEvent {
  event: keyof News;
  /** JSON. */
  data: string;
}
export type Send = (event: FeedEvent) => void;

/** As it is sent. */
export const written = ({ event, data }: OneOf<keyof News>): FeedEvent => ({ event, data: JSON.stringify(data) });

/** A comment this often keeps what lies between from taking the connection for dead. */
const SIGN_OF_LIFE_MS = 15_000;
/** Steps that wait for a slow browser; older ones are in the curves. */
const MOST_WAITING = 1000;
/** Browsers that may look at once. */
const MOST_FEEDS = 200;
let feeds = 0;

/**
 * Answers with server-sent events until the browser leaves, or `stopped` is aborted.
 *
 * @param begin - Begins to send; returns what ends it.
 */
export function feed(context: Context, stopped: AbortSignal, begin: (send: Send) => () => void): Response {
  if (feeds >= MOST_FEEDS) return context.json({ error: `at most ${MOST_FEEDS} pages can look at once` }, 503);
  feeds += 1;
  return streamSSE(context, async (stream) => {
    const waiting: FeedEvent[] = [];
    let wake = () => {};
    const send: Send = (event) => {
      // A whole state replaces the one before it, and keeps its own place in the order.
      const isWhole = event.event === 'run' || event.event === 'runs';
      const earlier = isWhole ? waiting.findIndex((one) => one.event === event.event) : -1;
      if (earlier !== -1) waiting.splice(earlier, 1);
      else if (waiting.length >= MOST_WAITING) waiting.shift();
      waiting.push(event);
      wake();
    };
    const { promise: left, resolve } = Promise.withResolvers<void>();
    const leave = () => resolve();
    stream.onAbort(leave);
    stopped.addEventListener('abort', leave);
    const end = begin(send);
    try {
      while (!stream.aborted && !stopped.aborted) {
        const next = waiting.shift();
        if (next) {
          await stream.writeSSE(next);
          if (next.event === 'gone') return;
          continue;
        }
        let timer: NodeJS.Timeout | undefined;
        const silence = new Promise<'silence'>((resolve) => {
          timer = setTimeout(resolve, SIGN_OF_LIFE_MS, 'silence');
        });
        const news = new Promise<void>((resolve) => (wake = resolve));
        const why = await Promise.race([left, news, silence]);
        clearTimeout(timer);
        if (why === 'silence') await stream.write(': here\n\n');
      }
    } finally {
      stopped.removeEventListener('abort', leave);
      end();
      feeds -= 1;
    }
  });
}
