/**
 * `npm run bench`: what the product costs beyond the trainings; `bench:contention`: what a training costs beside other
 * work; `bench:speed`: a whole run beside other ways to do it; `bench:advice`: what the advice is worth. Each prints or
 * writes figures, and how they were obtained. `bench:scale`: long runs, many runs, many workers.
 * `bench:dashboard`: how soon a browser is told of a step, and a decision acknowledged.
 * `bench:estimate`: how near the estimate of a run comes. `bench:tasks`: what a training of each task gains.
 */
import path from 'node:path';
import { t } from '../src/words/catalogue.mjs';
import { NODE_BIN, VENV_BIN, run } from './run-all.mjs';
import { ensureReady, runScript } from './setup/ensure.mjs';
import { UsageProblem } from './setup/problem.mjs';

const TYPESCRIPT = ['advice', 'dashboard', 'estimate', 'scale'];
const PYTHON = { orchestration: 'orchestration.py', contention: 'contention.py', speed: 'speed.py', tasks: 'tasks.py' };

await runScript(async ([name = 'orchestration', ...options]) => {
  const program = PYTHON[name];
  if (!program && !TYPESCRIPT.includes(name))
    throw new UsageProblem(
      t`Usage: ${`node scripts/bench.mjs ${[...Object.keys(PYTHON), ...TYPESCRIPT].join(' | ')}`}`,
    );
  await ensureReady({ dev: !program });
  if (!program)
    return run(path.join(NODE_BIN, 'node'), [
      '--disable-warning=ExperimentalWarning',
      `scripts/bench/${name}/main.ts`,
      ...options,
    ]);
  return run(path.join(VENV_BIN, 'python'), [`trainer/benchmarks/${program}`, ...options], {
    PYTHONPATH: 'trainer/src',
    HF_HUB_OFFLINE: '1',
  });
});
