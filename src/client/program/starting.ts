/** Commands with which a run begins. */
import { Argument, Option } from 'commander';
import type { Command } from 'commander';
import { t } from '../../words/catalogue.ts';
import type { ForkOptions } from '../forkRun.ts';
import type { NewTuningOptions } from '../newTuning/newTuning.ts';
import { SCHEDULE_ACTIONS } from '../schedule/actions.ts';
import type { ScheduleAction, ScheduleOptions } from '../schedule/actions.ts';
import type { StartOptions } from '../startRun.ts';
import type { CheckOptions } from '../checkData.ts';
import { completes } from './completes.ts';
import { withExamples } from './examples.ts';
import {
  autoOption,
  choosing,
  collect,
  configOption,
  detachOption,
  interactiveOption,
  jsonOption,
  setOption,
  taskOption,
  theRun,
} from './options.ts';
import type { Acting } from './program.ts';

export function addStartingCommands(program: Command, acting: Acting): void {
  const add = (name: string) => program.command(name).helpGroup(t`Begin:`);

  withExamples(
    add('start-run')
      .description(t`start a run and follow it`)
      .addOption(autoOption())
      .addOption(interactiveOption())
      .addOption(configOption())
      .addOption(setOption())
      .addOption(new Option(`--name <${t`name`}>`, t`name of the run; one that runs already is followed`))
      .addOption(detachOption())
      .option('--print', t`check the configuration and print the input of the workflow; start nothing`)
      .addOption(jsonOption())
      .action(acting(async (options: StartOptions) => (await import('../startRun.ts')).startRun(options))),
    ['', t`the bundled sample, asking after each round`],
    ['--auto --set MAX_PRIORITY_PARAMS=1 --set ROUNDS_PER_PARAM=2', t`a short run that asks nobody`],
    ['--name answers --set TASK=retrieval --set DATASET_NAME=sample', t`another task, under a name`],
    ['--config my_tuning.yaml --detach', t`a configuration of your own; start it and leave`],
    ['--set LEARNING_RATE=5e-5 --print', t`only check a configuration`],
  );

  withExamples(
    add('new-tuning')
      .description(t`five questions, then a configuration that works`)
      .addOption(
        completes(new Option(`--trains <${t`what`}>`, t`task, function (a Python function) or command`), [
          'task',
          'function',
          'command',
        ]),
      )
      .addOption(taskOption(t`sts, retrieval, triplet, pair_class or reranker`))
      .addOption(completes(new Option(`--file <${t`file`}>`, t`the Python file; of a task, its data`), 'file'))
      .option(`--command <${t`words`}>`, t`the command that trains`)
      .option(
        `--key <${t`range`}>`,
        t`"C=1 in 0.01..100 log" or "depth=3 of 1,2,3"; may be given many times`,
        collect,
        [] as string[],
      )
      .option(`--metric <${t`name`}>`, t`what decides, as the training calls it`)
      .addOption(
        completes(new Option(`--direction <${t`direction`}>`, t`maximize or minimize`), ['maximize', 'minimize']),
      )
      .option(`--takes <${t`time`}>`, t`what one training takes, about: 30s, 5m, 2h`)
      .addOption(completes(new Option(`--out <${t`file`}>`, t`the YAML file to write`), 'file'))
      .option('--force', t`write over one that is there`)
      .action(
        acting(async (options: NewTuningOptions) => (await import('../newTuning/newTuning.ts')).newTuning(options)),
      ),
    ['', t`answer the questions at the terminal`],
    ['--trains task --task reranker --file sample --takes 1m', t`a task of sentence-transformers, without questions`],
    [
      '--trains function --file my_training.py --key "C=1 in 0.01..100 log" --metric accuracy --direction maximize --takes 30s',
      t`a Python function of your own; a training to start from is written if there is none`,
    ],
  );

  withExamples(
    add('check-data')
      .addArgument(completes(new Argument(`<${t`file`}>`, t`a file or folder of data, or hub:OWNER/NAME`), 'file'))
      .description(t`what data are taken for, what is wrong with them, and what would be trained; trains nothing`)
      .addOption(taskOption(t`what is to be trained; else guessed from the columns`))
      .addOption(configOption())
      .addOption(setOption())
      .addOption(jsonOption())
      .action(
        acting(async (file: string, options: CheckOptions) =>
          (await import('../checkData.ts')).checkData(file, options),
        ),
      ),
    ['data/my_pairs.csv', t`a file of your own`],
    ['sample --task retrieval', t`the bundled data of a task`],
  );

  withExamples(
    add('fork')
      .addArgument(theRun())
      .description(t`start a run that goes on from an earlier trial of another one with other settings`)
      .requiredOption(`--at <${t`trial`}>`, t`number of the last trial that is taken over`)
      .addOption(autoOption())
      .addOption(interactiveOption())
      .addOption(setOption(t`one setting over the other run's; may be given many times`))
      .option(`--name <${t`name`}>`, t`name of the new run`)
      .addOption(detachOption())
      .addOption(jsonOption())
      .action(acting(async (run: string, options: ForkOptions) => (await import('../forkRun.ts')).fork(run, options))),
    ['my-run --at 3 --set ROUNDS_PER_PARAM=5', t`go on from trial 3 with more rounds`],
  );

  withExamples(
    add('schedule')
      .addArgument(choosing(new Argument(`<${t`action`}>`, t`what to do with the schedule`), SCHEDULE_ACTIONS))
      .addArgument(new Argument(`[${t`name`}]`, t`name of the schedule`))
      .description(t`runs that begin by themselves, at their times, when the data have changed`)
      .option(`--name <${t`name`}>`, t`for add: name of the schedule, and of its runs`)
      .option('--cron <cron>', t`for add: minute, hour, day of the month, month, day of the week`)
      .option(`--timezone <${t`name`}>`, t`for add: of these times; else this machine's`)
      .addOption(configOption())
      .addOption(setOption())
      .option('--always', t`for add: begin a run each time, also when the data are the same`)
      .option('--interactive', t`for add: its runs ask after each round, and wait for an answer`)
      .addOption(jsonOption())
      .action(
        acting(async (action: ScheduleAction, name: string | undefined, options: ScheduleOptions) =>
          (await import('../schedule/schedule.ts')).schedule(action, name, options),
        ),
      ),
    [
      'add nightly --cron "0 2 * * *" --config my_tuning.yaml',
      t`every night at two, if the data changed since the last run`,
    ],
    ['add weekly --cron "0 6 * * 1" --timezone Asia/Shanghai --always', t`each Monday, whatever the data`],
    ['run-now nightly', t`as if its time had come`],
    ['list', t`all schedules: next time, last time, and what became of it`],
    ['pause nightly', t`begin nothing until it is resumed`],
  );
}
