/** What goes to one browser, and what is left of it once it has gone. */
import { getEventListeners } from 'node:events';
import { expect, test } from '@jest/globals';
import { Hono } from 'hono';
import { feed } from '../../src/dashboard/feed.ts';

test('of a page that has left nothing stays behind at the signal of the end', async () => {
  const stopped = new AbortController();
  for (let page = 0; page < 3; page += 1) {
    const left = Promise.withResolvers<void>();
    const app = new Hono().get('/', (context) =>
      feed(context, stopped.signal, (send) => {
        send({ event: 'run', data: '{}' });
        return left.resolve;
      }),
    );
    const reader = (await app.request('/')).body!.getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toContain('event: run');
    expect(getEventListeners(stopped.signal, 'abort')).toHaveLength(1);
    await reader.cancel();
    await left.promise;
    expect(getEventListeners(stopped.signal, 'abort')).toEqual([]);
  }
});
