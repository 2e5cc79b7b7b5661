/**
 * `npm run bench`: what the product costs beyond the trainings; `npm run bench:contention`: what a training costs beside
 * other work. Each prints ratios of one run, and how they were obtained.
 */
import path from 'node:path';
import { VENV_BIN, run } from './run-all.mjs';
import { ensureReady, runScript } from './setup/ensure.mjs';

const PROGRAMS = { orchestration: 'orchestration.py', contention: 'contention.py' };

await runScript(async () => {
  const program = PROGRAMS[process.argv[2] ?? 'orchestration'];
  if (!program) throw new Error(`node scripts/bench.mjs ${Object.keys(PROGRAMS).join(' | ')}`);
  await ensureReady();
  return run(path.join(VENV_BIN, 'python'), [`trainer/benchmarks/${program}`], {
    PYTHONPATH: 'trainer/src',
    HF_HUB_OFFLINE: '1',
  });
});
