/**
 * An upgrade under a run: the stack runs another version than this checkout, and the next `up` restarts it in good order
 * while a training is under way. What comes with new sources and packages is played by test/e2e/upgrade.test.ts.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import type { Fault } from '../fault.ts';
import type { Stage } from '../stage.ts';

/** As if the stack had been started by other sources. */
async function pretendOtherVersion(stage: Stage): Promise<void> {
  const file = path.join(stage.state, 'stack.json');
  const before = JSON.parse(readFileSync(file, 'utf8')) as object;
  await writeFileAtomic(file, JSON.stringify({ ...before, version: { release: '0.2.9', digest: '00000000' } }));
}

export const UPGRADE: Fault[] = [
  {
    name: 'upgrade-in-mid-training',
    size: 'short',
    // So short a training may end before its worker is told to leave; then the report has nothing to tell.
    unnoticed: true,
    // The stack ends its members in good order, starts anew and imports the libraries.
    within: 60,
    prepare: ({ points }) => points.arm('mid-step', '3 pause'),
    inject: async (stage) => {
      const stoppedAt = await stage.points.reached('mid-step');
      const { supervisor } = stage.stack();
      await pretendOtherVersion(stage);
      stage.points.release('mid-step');
      const at = Date.now();
      const { exitCode, stdout } = await stage.command(['up']);
      if (exitCode !== 0 || !stdout.includes('it is restarted as'))
        throw new Error(`up ended with ${exitCode}: ${stdout}`);
      if (stage.stack().supervisor.pid === supervisor.pid)
        throw new Error('the stack of another version was not restarted');
      return { at, signs: 'training', stoppedAt };
    },
  },
];
