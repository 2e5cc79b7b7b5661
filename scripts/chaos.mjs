/** `npm run test:chaos [-- --points N --modes a,b --keep]`: an outside judge kills the trainer (trainer/chaos/judge.py). */
import path from 'node:path';
import { VENV_BIN, run } from './run-all.mjs';
import { ensureReady, runScript } from './setup/ensure.mjs';

await runScript(async (args) => {
  await ensureReady({ dev: true });
  return run(path.join(VENV_BIN, 'python'), ['trainer/chaos/judge.py', ...args], {
    PYTHONPATH: 'trainer/src',
    HF_HUB_OFFLINE: '1',
  });
});
