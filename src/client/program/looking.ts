/** Commands about runs that exist: to see them, and to steer them. */
import { Argument } from 'commander';
import type { Command } from 'commander';
import { DECISIONS } from '../../domain/decisionNames.ts';
import type { ReportWishes } from '../inspectRuns.ts';
import type { PushOptions } from '../pushModel.ts';
import type { TrackOptions } from '../trackRun.ts';
import { t } from '../../words/catalogue.ts';
import { completes } from './completes.ts';
import { withExamples } from './examples.ts';
import { aRun, jsonOption, theRun } from './options.ts';
import type { Acting } from './program.ts';

interface Json {
  json?: boolean;
}

export function addLookingCommands(program: Command, acting: Acting): void {
  const add = (name: string) => program.command(name).helpGroup(t`See and steer:`);

  withExamples(
    add('attach')
      .addArgument(aRun())
      .description(t`follow a run and answer its questions`)
      .addOption(jsonOption())
      .action(
        acting(async (run: string | undefined, options: Json) =>
          (await import('../inspectRuns.ts')).attach(run, options),
        ),
      ),
    ['', t`the run that is under way`],
    ['my-run', t`one by its name, or the start of it`],
  );

  withExamples(
    add('decide')
      .addArgument(theRun())
      .addArgument(completes(new Argument(`<${t`decision`}>`, DECISIONS.join(', ')), 'decision'))
      .addArgument(
        completes(
          new Argument(`[${t`KEY=VALUE`}]`, t`for set; for key: the KEY that the next training is to change`),
          'wish',
        ),
      )
      .description(t`send one decision`)
      .action(
        acting(async (run: string, decision: string, assignment: string | undefined) =>
          (await import('../inspectRuns.ts')).decide(run, decision, assignment),
        ),
      ),
    ['my-run continue', t`answer the question that is open: go on`],
    ['my-run set LEARNING_RATE=5e-5', t`try a value of your own`],
    ['my-run key WARMUP_RATIO', t`let the next training change this key`],
    ['my-run stop-now', t`end it at once; the best so far is confirmed and published`],
  );

  withExamples(
    add('runs')
      .description(t`list the runs`)
      .addOption(jsonOption())
      .action(acting(async (options: Json) => (await import('../inspectRuns.ts')).runs(options))),
    ['', t`all runs, newest first`],
    ['--json', t`for a program`],
  );

  withExamples(
    add('show')
      .addArgument(aRun())
      .description(t`one run's trials`)
      .addOption(jsonOption())
      .action(
        acting(async (run: string | undefined, options: Json) =>
          (await import('../inspectRuns.ts')).show(run, options),
        ),
      ),
    ['', t`the run that is under way, else the newest`],
    ['my-run --json', t`everything that is known of one, for a program`],
  );

  withExamples(
    add('compare')
      .addArgument(theRun())
      .addArgument(theRun())
      .description(t`two runs side by side: what differs, and whether their scores are comparable`)
      .addOption(jsonOption())
      .action(
        acting(async (first: string, second: string, options: Json) =>
          (await import('../compareRuns.ts')).compare(first, second, options),
        ),
      ),
    ['my-run my-other-run', t`two runs by their names`],
  );

  withExamples(
    add('report')
      .addArgument(aRun())
      .description(t`write a run's report again, from its history or its record on the disk`)
      .option('--pdf', t`also as PDF, printed by the Chromium that is installed here`)
      .action(
        // The program itself takes --lang, too, and is given it.
        acting(async (run: string | undefined, _options: ReportWishes, command: Command) =>
          (await import('../inspectRuns.ts')).report(run, command.optsWithGlobals<ReportWishes>()),
        ),
      ),
    ['my-run', t`the report of one run`],
    ['my-run --lang zh --pdf', t`in Chinese alone, and as PDF`],
  );

  withExamples(
    add('track')
      .addArgument(theRun())
      .description(t`tell MLflow, Weights & Biases or Trackio of a run that has ended, once more or for the first time`)
      .option(`--mlflow <${t`address`}>`, t`an MLflow server; else MLFLOW_TRACKING_URI of the run`)
      .option(`--wandb <${t`project`}>`, t`a project of Weights & Biases (offline); else WANDB_PROJECT of the run`)
      .option(`--trackio <${t`project`}>`, t`a project of Trackio; else TRACKIO_PROJECT of the run`)
      .action(
        acting(async (run: string, options: TrackOptions) => (await import('../trackRun.ts')).trackRun(run, options)),
      ),
    ['my-run', t`to the trackers that it was started with; what they have already stays as it is`],
    ['my-run --trackio my-project', t`to another one`],
  );

  withExamples(
    add('push-model')
      .addArgument(theRun())
      .description(t`push a run's published model, with its card, to a model hub`)
      .requiredOption('--repo <owner/name>', t`where to: OWNER/NAME`)
      .option('--private', t`of a repository that has to be made: nobody else sees it`)
      .option(`--branch <${t`branch`}>`, t`branch of the repository`, 'main')
      .option('--dry-run', t`say what would go, and send nothing`)
      .addOption(jsonOption())
      .action(
        acting(async (run: string, options: PushOptions) => (await import('../pushModel.ts')).pushModel(run, options)),
      ),
    ['my-run --repo my-name/my-model --dry-run', t`what would go`],
  );
}
