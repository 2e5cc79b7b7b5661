/**
 * `npm run test:faults [-- --seed N] [--only TEXT] [--quick] [--list] [--keep]`: breaks a real run in every way of the
 * matrix, one after the other, and prints what came of it.
 */
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { currentBundle } from '../temporal/stage.ts';
import { Session } from './fault.ts';
import type { Fault, Verdict } from './fault.ts';
import { FAULTS, LEFT_OUT } from './faults.ts';
import { clearOnInterrupt, unlessInterrupted } from './interrupt.ts';
import { seeded } from './random.ts';
import { Stage } from './stage.ts';

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string' },
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
});

const seconds = (value: number | null): string => (value === null ? '–' : value.toFixed(1));

function tableOf(verdicts: readonly Verdict[]): string {
  const table = new Table({
    head: ['fault', 'holds', 'work goes on after (s)', 'training lost (s)', 'run (s)'],
    style: { head: [], border: [] },
  });
  for (const { fault, problems, goesOnAfter, lost, seconds: whole } of verdicts)
    table.push([fault, problems.length === 0 ? 'yes' : 'NO', seconds(goesOnAfter), seconds(lost), seconds(whole)]);
  return table.toString();
}

async function playAll(chosen: readonly Fault[]): Promise<number> {
  const seed = options.seed === undefined ? Date.now() % 1_000_000 : Number(options.seed);
  process.stdout.write(`${chosen.length} faults, --seed ${seed}\n`);
  LEFT_OUT.forEach((what) => process.stdout.write(`left out: ${what}\n`));
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const bundle = await currentBundle();
  const stage = await Stage.open(clearOnInterrupt);
  const verdicts: Verdict[] = [];
  try {
    const session = new Session(stage, bundle, seeded(seed));
    for (const fault of chosen) {
      const verdict = await session.play(fault);
      await unlessInterrupted();
      verdicts.push(verdict);
      process.stdout.write(
        `${verdict.problems.length === 0 ? 'ok  ' : 'FAIL'} ${fault.name}: ${seconds(verdict.goesOnAfter)} s, lost ${seconds(verdict.lost)} s, run ${seconds(verdict.seconds)} s\n${verdict.problems.map((problem) => `     ${problem}\n`).join('')}`,
      );
    }
  } finally {
    if (options.keep) process.stdout.write(`kept: ${stage.home}\n`);
    else verdicts.push(await stage.close());
  }
  const failed = verdicts.filter(({ problems }) => problems.length > 0).length;
  process.stdout.write(`${tableOf(verdicts)}\n${verdicts.length - failed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

const chosen = FAULTS.filter(
  ({ name, quick }) => (!options.quick || quick) && (!options.only || new RegExp(options.only).test(name)),
);
if (options.list) {
  chosen.forEach(({ name, quick }) => process.stdout.write(`${name}${quick ? ' (also in npm test)' : ''}\n`));
} else {
  try {
    process.exitCode = await playAll(chosen);
  } catch (error) {
    await unlessInterrupted();
    throw error;
  }
}
