/** What goes to one browser, and what is left of it once it has gone. */
import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { Hono } from 'hono';
import { feed } from '../../src/dashboard/feed.ts';

test('of a page that has left nothing stays behind at the signal of the end', async () => {
  const stopped = new AbortController();
  let looking = 0;
  const app = new Hono().get('/', (context) =>
    feed(context, stopped.signal, (send) => {
      looking += 1;
      send({ event: 'run', data: '{}' });
      return () => (looking -= 1);
    }),
  );
  for (let page = 0; page < 3; page += 1) {
    const reader = (await app.request('/')).body!.getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toContain('event: run');
    expect([looking, getEventListeners(stopped.signal, 'abort').length]).toEqual([1, 1]);
    await reader.cancel();
    while (looking > 0) await sleep(5);
    expect(getEventListeners(stopped.signal, 'abort')).toEqual([]);
  }
});
