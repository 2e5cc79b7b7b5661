/** Waiting for what a bench started. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { LOOPBACK } from '../../../src/local/temporalServer.ts';

/** @throws Error when it has not come within the time. */
export async function until(test: () => Promise<boolean>, what: string, withinMs: number): Promise<void> {
  for (const end = Date.now() + withinMs; Date.now() < end; await sleep(200)) if (await test()) return;
  throw new Error(`${what} did not come within ${withinMs / 1000} s`);
}

/** A port that nothing listens at now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, LOOPBACK, () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
