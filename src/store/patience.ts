/** Trying again while a store is away. */
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreTrouble } from './store.ts';

const PAUSE_MS = { first: 500, most: 10_000 };

export interface Patience {
  /** Within which a new try may begin; 0: one try. Infinity: until it works, or is cancelled. */
  ms: number;
  signal: AbortSignal;
  /** Told of the first trouble, and about once a minute after that. */
  onTrouble: (trouble: StoreTrouble) => void;
}

const TOLD_EVERY_MS = 60_000;

/**
 * Does work that asks a store, again and again while it is in trouble; what a person has to mend may be mended too.
 *
 * @throws StoreTrouble once patience is over; the signal's reason when it is cancelled; any other error at once.
 */
export async function withPatience<T>(
  { ms, signal, onTrouble }: Patience,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const began = Date.now();
  let told = -Infinity;
  for (let pause = PAUSE_MS.first; ; pause = Math.min(2 * pause, PAUSE_MS.most)) {
    signal.throwIfAborted();
    try {
      return await work(signal);
    } catch (error) {
      if (!(error instanceof StoreTrouble)) throw error;
      if (Date.now() - told >= TOLD_EVERY_MS) {
        told = Date.now();
        onTrouble(error);
      }
      if (Date.now() + pause - began > ms) throw error;
    }
    await sleep(pause, undefined, { signal });
  }
}
