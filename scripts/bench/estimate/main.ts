/**
 * `npm run bench:estimate`: how near a run's first estimate comes, on the real story with this trainer's own table; and how
 * near it is later on. Trainings are looked up, time is simulated (`../advice/clock.ts`), with as many slots as the run has.
 */
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { SearchModel } from '../../../src/advisers/local/searchModel.ts';
import { pythonEnvironment, pythonExecutable } from '../../../src/processes/python.ts';
import { PROJECT_ROOT } from '../../../src/projectRoot.ts';
import { readGrid } from '../advice/grid.ts';
import { LineProcess } from '../advice/lineProcess.ts';
import { OWN } from '../advice/plan.ts';
import { METHODS_ESTIMATED, watched } from './watched.ts';
import { summary } from './summary.ts';
import type { Watched } from './watched.ts';

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '25' },
    /** The constants were chosen on runs 0 to 124. */
    from: { type: 'string', default: '200' },
    folder: { type: 'string', default: path.join(os.tmpdir(), 'tuning-bench-advice') },
  },
});
for (const name of ['OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS']) process.env[name] = '1';

const grids = path.join(options.folder, 'grids');
await execa(pythonExecutable(), ['trainer/benchmarks/advice/bench.py', 'export', grids, OWN], {
  cwd: PROJECT_ROOT,
  env: pythonEnvironment(),
  extendEnv: false,
  stdout: 'inherit',
  stderr: 'inherit',
});
const grid = await readGrid(grids, OWN);
const services = { search: new SearchModel(), heldOut: new LineProcess('trainer/benchmarks/advice/held_out.py') };
const rows: [string, Watched[]][] = [];
for (const { method, budget } of METHODS_ESTIMATED) {
  const runs: Watched[] = [];
  const from = Number(options.from);
  for (let run = from; run < from + Number(options.runs); run += 1)
    runs.push(await watched(grid, { grid: OWN, method, start: 'M', run, budget }, services));
  rows.push([`${method}, pool of ${budget - 1}`, runs]);
}
services.search.dispose();
await services.heldOut.end();
process.stdout.write(`${summary(rows)}\n`);
