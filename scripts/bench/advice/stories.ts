/** Runs of the real story that are not on record yet, one after another. */
import { defaultPlace, valuesOf } from './grid.ts';
import type { Grid } from './grid.ts';
import { earlierHints, personsHints } from './hints.ts';
import { relativeOf } from './earlier.ts';
import { methodOf } from './methods.ts';
import { SHORT } from './plan.ts';
import type { Stage } from './plan.ts';
import type { Job } from './settings.ts';
import { addLine, identityOf, readLines, rulesFor, rulesOf } from './store.ts';
import type { Rules } from './store.ts';
import { play } from './story.ts';
import type { Services } from './story.ts';
import type { Hint } from '../../../src/domain/study.ts';

/** Runs of earlier data have seeds of their own. */
const EARLIER = 1000;

export class Stories {
  readonly #file: string;
  readonly #folder: string;
  readonly #read: (name: string) => Promise<Grid>;
  readonly #services: Services;
  readonly #done: Set<string>;
  readonly #rules: Rules;
  readonly #relatives = new Map<string, Promise<Grid>>();

  private constructor(
    ...[file, folder, read, services, done, rules]: [
      string,
      string,
      (name: string) => Promise<Grid>,
      Services,
      Set<string>,
      Rules,
    ]
  ) {
    this.#file = file;
    this.#folder = folder;
    this.#read = read;
    this.#services = services;
    this.#done = done;
    this.#rules = rules;
  }

  static async open(
    file: string,
    folder: string,
    read: (name: string) => Promise<Grid>,
    services: Services,
  ): Promise<Stories> {
    const rules = await rulesOf();
    const done = new Set((await readLines(file, rules)).map(identityOf));
    return new Stories(file, folder, read, services, done, rules);
  }

  /** @param from - First run; `to` is not run any more. */
  async run({ grids, methods, starts, budgets }: Stage, from: number, to: number): Promise<void> {
    for (const name of grids) {
      const grid = await this.#read(name);
      const began = Date.now();
      let played = 0;
      for (const method of methods)
        for (const start of starts)
          for (const budget of budgets)
            for (let run = from; run < to; run += 1)
              played += await this.#one(grid, { grid: name, method, start, run, budget });
      if (played > 0)
        process.stdout.write(
          `${name}: ${played} runs of ${methods.join('; ')} in ${Math.round((Date.now() - began) / 1000)} s\n`,
        );
    }
  }

  async #one(grid: Grid, job: Job): Promise<number> {
    if (this.#done.has(identityOf(job))) return 0;
    const played = await play(grid, job, this.#services, await this.#hints(grid, job));
    await addLine(this.#file, { ...played, rules: rulesFor(this.#rules, job.method) });
    this.#done.add(identityOf(job));
    return 1;
  }

  async #hints(grid: Grid, job: Job): Promise<Hint[]> {
    const { hints } = methodOf(job.method);
    if (!hints) return [];
    if (hints === 'good' || hints === 'misleading') return personsHints(grid, hints);
    const which = `${grid.name} ${hints}`;
    const relative = this.#relatives.get(which) ?? relativeOf(grid, this.#folder, hints);
    this.#relatives.set(which, relative);
    const other = await relative;
    const before: Job = { ...job, grid: other.name, method: 'adaptive', run: job.run + EARLIER, budget: SHORT };
    const { shipped } = await play(other, before, this.#services);
    const best = valuesOf(other, shipped);
    return earlierHints(best, valuesOf(grid, defaultPlace(grid, job.start, job.run)), `a run on ${other.name}`);
  }
}
