/** `npm run test:faults [-- --seed N --only TEXT --quick --list]`: the fault matrix (test/faults). */
import path from 'node:path';
import { NODE_BIN, run } from './run-all.mjs';
import { ensureReady, runScript } from './setup/ensure.mjs';

await runScript(async (args) => {
  await ensureReady({ dev: true });
  return run(path.join(NODE_BIN, 'node'), ['--disable-warning=ExperimentalWarning', 'test/faults/main.ts', ...args]);
});
