/** `npm run test:trainer -- my_training.py | ./train [args] [--config FILE --set KEY=VALUE]`: tests an own training (docs/plugins.md). */
import path from 'node:path';
import { VENV_BIN, run } from './run-all.mjs';
import { ensureReady, runScript } from './setup/ensure.mjs';

await runScript(async (args) => {
  await ensureReady({ dev: false });
  return run(path.join(VENV_BIN, 'python'), ['-m', 'tuning_trainer.plugins.conformance', ...args], {
    PYTHONPATH: 'trainer/src',
    HF_HUB_OFFLINE: '1',
  });
});
