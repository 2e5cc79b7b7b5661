/**
 * `npm run bench:advice`: how good the advice is, on tables of trainings, and what it is worth against other ways.
 *
 * Every result is a line in the cache folder; ended at any moment, it goes on from there. Then docs/benchmarks.md is
 * written anew from all lines.
 */
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { SearchModel } from '../../../src/advisers/local/searchModel.ts';
import { pythonEnvironment, pythonExecutable } from '../../../src/processes/python.ts';
import { PROJECT_ROOT } from '../../../src/projectRoot.ts';
import { readGrid } from './grid.ts';
import type { Grid } from './grid.ts';
import { LineProcess } from './lineProcess.ts';
import { FULL, QUICK, blocks } from './plan.ts';
import type { Stage } from './plan.ts';
import { Stories } from './stories.ts';
import { writeReport } from './report.ts';

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    report: { type: 'boolean', default: false },
    /** Only stages with all of these words, joined by `+`: story or baselines, a grid, a method. Writes no page. */
    only: { type: 'string' },
    folder: { type: 'string', default: path.join(os.tmpdir(), 'tuning-bench-advice') },
  },
});
// One thread each: the matrices are small, and threads that wait for each other take ten times as long beside other work.
for (const name of ['OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS']) process.env[name] = '1';

const folder = options.folder;
const grids = path.join(folder, 'grids');
const python = (...args: string[]) =>
  execa(pythonExecutable(), ['trainer/benchmarks/advice/bench.py', ...args], {
    cwd: PROJECT_ROOT,
    env: pythonEnvironment(),
    extendEnv: false,
    stdout: 'inherit',
    stderr: 'inherit',
  });

async function runStage(stage: Stage, from: number, to: number, stories: Stories): Promise<void> {
  if (stage.by === 'story') return stories.run(stage, from, to);
  const jobs = stage.methods.flatMap((method) =>
    stage.starts.flatMap((start) => stage.budgets.map((budget) => `${method}:${start}:${from}-${to}:${budget}`)),
  );
  await python('baselines', grids, path.join(folder, 'baselines.jsonl'), ...jobs, ...stage.grids);
}

if (!options.report) {
  const words = options.only?.split('+') ?? [];
  const stages = (options.quick ? QUICK : FULL).filter(({ by, grids: of, methods }) =>
    words.every((word) => [by, ...of, ...methods].includes(word)),
  );
  await python('export', grids, ...new Set(stages.flatMap((stage) => stage.grids)));
  const services = { search: new SearchModel(), heldOut: new LineProcess('trainer/benchmarks/advice/held_out.py') };
  const known = new Map<string, Promise<Grid>>();
  const read = (name: string) => known.get(name) ?? known.set(name, readGrid(grids, name)).get(name)!;
  const stories = await Stories.open(path.join(folder, 'story.jsonl'), grids, read, services);
  for (const { stage, from, to } of blocks(stages)) await runStage(stage, from, to, stories);
  services.search.dispose();
  await services.heldOut.end();
}
// Part of it may run beside another part, which writes the page at its end.
if (!options.only) await writeReport(folder);
