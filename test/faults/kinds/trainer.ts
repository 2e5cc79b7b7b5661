/** The trainer misbehaves without being killed from outside. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Fault } from '../fault.ts';
import type { Point } from '../points.ts';

function misbehaving(name: string, action: string, more: Partial<Fault> = {}, point: Point = 'mid-step'): Fault {
  return {
    name: `trainer-${name}`,
    size: 'short',
    prepare: ({ points }) => points.arm(point, `3 ${action}`),
    inject: async ({ points }) => {
      const at = await points.reached(point);
      return { at, signs: 'training', stoppedAt: at };
    },
    ...more,
  };
}

export const TRAINER: Fault[] = [
  misbehaving('stopped', 'signal:19'),
  misbehaving('loops-without-progress', 'loop'),
  misbehaving('writes-rubbish', 'write:rubbish', { unnoticed: true }),
  misbehaving('writes-half-a-line', 'write:half', { unnoticed: true }),
  misbehaving('writes-a-million-lines', 'write:million', { unnoticed: true }),
  misbehaving('dies-within-a-line', 'half-then-die'),
  misbehaving('closes-its-pipe', 'close'),
  ...[0, 1, 2, 77, 137, 255].map((code) => misbehaving(`exits-with-${code}`, `exit:${code}`)),
  ...[1, 2, 3, 4, 6, 7, 8, 11, 13, 15].map((signal) =>
    misbehaving(`dies-of-signal-${signal}`, `signal:${signal}`, {
      unnoticed: signal === 15 || signal === 2 || signal === 13,
    }),
  ),
  {
    // A fresh process imports for ten seconds and more before it can show life.
    name: 'trainer-fork-deadlocks',
    size: 'short',
    set: ['HANG_SECONDS=40'],
    prepare: async (stage) => {
      writeFileSync(path.join(stage.points.folder, 'tensor-op-before-fork'), '');
      // The keeper that runs has not computed anything; the next one does, before it forks.
      process.kill(stage.pidOf('keeper'), 'SIGKILL');
    },
    inject: async () => ({ at: Date.now(), signs: 'training' }),
  },
];
