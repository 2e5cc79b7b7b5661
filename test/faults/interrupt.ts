/** Ctrl-C and SIGTERM: whatever the stage is doing, all of its processes and its folder go. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stage } from './stage.ts';

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

let clearing = false;

/** From now on either signal clears the stage away and ends this process; further ones change nothing. */
export function clearOnInterrupt(stage: Stage): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (clearing) return;
      clearing = true;
      void clear(stage, signal);
    });
}

/** What is being played fails when its stage is taken away: the end of this process is then for `clear` to decide. */
export function unlessInterrupted(): Promise<void> {
  return clearing ? new Promise(() => {}) : Promise.resolve();
}

async function clear(stage: Stage, signal: 'SIGINT' | 'SIGTERM'): Promise<never> {
  process.stdout.write('\nInterrupted: taking the stack down …\n');
  try {
    await stage.destroy();
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\nleft: ${stage.home}\n`);
    process.exit(1);
  }
  // What was printed above may be on its way through a pipe.
  await sleep(50);
  process.exit(EXIT_CODES[signal]);
}
