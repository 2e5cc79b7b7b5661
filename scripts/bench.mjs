/** `npm run bench`: what the product costs beyond the trainings; prints figures and how they were obtained. */
import path from 'node:path';
import { VENV_BIN, run } from './run-all.mjs';
import { ensureReady, runScript } from './setup/ensure.mjs';

await runScript(async () => {
  await ensureReady();
  return run(path.join(VENV_BIN, 'python'), ['trainer/benchmarks/orchestration.py'], {
    PYTHONPATH: 'trainer/src',
    HF_HUB_OFFLINE: '1',
  });
});
