/** Commands that take runs away. */
import type { Command } from 'commander';
import { t } from '../../words/catalogue.ts';
import type { PruneOptions, RemoveOptions } from '../removeRuns.ts';
import { withExamples } from './examples.ts';
import { jsonOption, theRun } from './options.ts';
import type { Acting } from './program.ts';

export function addTidyingCommands(program: Command, acting: Acting): void {
  const add = (name: string) => program.command(name).helpGroup(t`Tidy up:`);

  withExamples(
    add('remove')
      .addArgument(theRun())
      .description(t`take a run that is over off the disk and the server; says what would go, and does it with --yes`)
      .option('--yes', t`do it`)
      .option('--force', t`also a run of which nobody knows whether it has ended`)
      .addOption(jsonOption())
      .action(
        acting(async (run: string, options: RemoveOptions) => (await import('../removeRuns.ts')).remove(run, options)),
      ),
    ['my-run', t`what would go`],
    ['my-run --yes', t`take it away`],
  );

  withExamples(
    add('prune')
      .description(t`the same for many runs that are over`)
      .option(`--older-than <${t`age`}>`, t`ended longer ago: 12h, 30d, 8w`)
      .option('--keep-best <n>', t`the runs with the highest scores stay`)
      .option('--yes', t`do it`)
      .addOption(jsonOption())
      .action(acting(async (options: PruneOptions) => (await import('../removeRuns.ts')).prune(options))),
    ['--older-than 30d', t`what would go of runs that ended 30 days ago or earlier`],
    ['--older-than 2w --keep-best 5 --yes', t`take them away, but for the five best`],
  );
}
