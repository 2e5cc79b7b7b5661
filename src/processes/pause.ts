/** Waiting that can be ended early. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Until the time is over, the signal, or one of these. Never rejects because of the signal. */
export async function pause(ms: number, signal: AbortSignal, ...news: Promise<unknown>[]): Promise<void> {
  const rest = new AbortController();
  const either = AbortSignal.any([signal, rest.signal]);
  await Promise.race([sleep(ms, undefined, { signal: either }).catch(() => {}), ...news]);
  rest.abort();
}
