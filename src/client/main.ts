/** The program behind every `npm run` command. */
import { Command, CommanderError, Option } from 'commander';
import { loadEnvironmentFile } from '../processes/envFile.ts';
import { redactor } from '../logging/secrets.ts';
import { checkData } from './checkData.ts';
import { compare } from './compareRuns.ts';
import { fork } from './forkRun.ts';
import { attach, decide, report, runs, show } from './inspectRuns.ts';
import { EXIT } from './outcome.ts';
import { newTuning } from './newTuning/newTuning.ts';
import { pushModel } from './pushModel.ts';
import { prune, remove } from './removeRuns.ts';
import { setupApiKey } from './setupApiKey.ts';
import { codecServer, down, status, up, worker } from './stackCommands.ts';
import { startRun } from './startRun.ts';
import { t } from '../words/catalogue.ts';
import { UserError } from './userError.ts';

loadEnvironmentFile();

let exitCode: number = EXIT.done;
const ending =
  <Arguments extends unknown[]>(command: (...given: Arguments) => Promise<number>) =>
  async (...given: Arguments): Promise<void> => {
    exitCode = await command(...given);
  };
const collect = (value: string, earlier: string[]): string[] => [...earlier, value];
const json = () => new Option('--json', 'print one JSON object');

const program = new Command('npm run')
  .description('Tunes trainings, a few hyperparameters at a time.')
  .exitOverride()
  .showHelpAfterError();

program
  .command('start-run')
  .description('start a run and follow it')
  .option('--auto', 'never ask: the run goes on by itself')
  .option('--interactive', 'ask after each round, also without a terminal')
  .option('--config <file>', 'a YAML file merged over config/default.yaml')
  .option('--set <KEY=VALUE>', 'one setting; may be given many times', collect, [] as string[])
  .option('--name <name>', 'name of the run; one that runs already is followed')
  .option('--detach', 'start it and leave')
  .option('--print', 'check the configuration and print the input of the workflow; start nothing')
  .addOption(json())
  .action(ending(startRun));
program
  .command('new-tuning')
  .description('five questions, then a configuration that works')
  .option('--trains <what>', 'task, function (a Python function) or command')
  .option('--task <task>', 'sts, retrieval, triplet, pair_class or reranker')
  .option('--file <file>', 'the Python file; of a task, its data')
  .option('--command <words>', 'the command that trains')
  .option(
    '--key <range>',
    '"C=1 in 0.01..100 log" or "depth=3 of 1,2,3"; may be given many times',
    collect,
    [] as string[],
  )
  .option('--metric <name>', 'what decides, as the training calls it')
  .option('--direction <direction>', 'maximize or minimize')
  .option('--takes <time>', 'what one training takes, about: 30s, 5m, 2h')
  .option('--out <file>', 'the YAML file to write')
  .option('--force', 'write over one that is there')
  .action(ending(newTuning));
program
  .command('check-data')
  .argument('<file>', 'a file or folder of data, or hub:OWNER/NAME')
  .description('what data are taken for, what is wrong with them, and what would be trained; trains nothing')
  .option('--task <task>', 'what is to be trained; else guessed from the columns')
  .option('--config <file>', 'a YAML file merged over config/default.yaml')
  .option('--set <KEY=VALUE>', 'one setting; may be given many times', collect, [] as string[])
  .addOption(json())
  .action(ending(checkData));
program
  .command('fork')
  .argument('<run>')
  .description('start a run that goes on from an earlier trial of another one with other settings')
  .requiredOption('--at <trial>', 'number of the last trial that is taken over')
  .option('--auto', 'never ask: the run goes on by itself')
  .option('--interactive', 'ask after each round, also without a terminal')
  .option('--set <KEY=VALUE>', "one setting over the other run's; may be given many times", collect, [] as string[])
  .option('--name <name>', 'name of the new run')
  .option('--detach', 'start it and leave')
  .addOption(json())
  .action(ending(fork));
program
  .command('attach')
  .argument('[run]')
  .description('follow a run and answer its questions')
  .addOption(json())
  .action(ending(attach));
program
  .command('decide')
  .argument('<run>')
  .argument('<decision>', 'continue, stop-round, stop-parameter, stop-run, stop-now, pause, resume, set, key, repeat')
  .argument('[KEY=VALUE]', 'for set; for key: the KEY that the next training is to change')
  .description('send one decision')
  .action(ending(decide));
program.command('runs').description('list the runs').addOption(json()).action(ending(runs));
program.command('show').argument('[run]').description("one run's trials").addOption(json()).action(ending(show));
program
  .command('compare')
  .argument('<run>')
  .argument('<run>')
  .description('two runs side by side: what differs, and whether their scores are comparable')
  .addOption(json())
  .action(ending(compare));
program
  .command('report')
  .argument('[run]')
  .description("write a run's report again, from its history or its record on the disk")
  .action(ending(report));
program
  .command('push-model')
  .argument('<run>')
  .description(t`push a run's published model, with its card, to a model hub`)
  .requiredOption('--repo <owner/name>', t`where to: OWNER/NAME`)
  .option('--private', t`of a repository that has to be made: nobody else sees it`)
  .option('--branch <branch>', t`branch of the repository`, 'main')
  .option('--dry-run', t`say what would go, and send nothing`)
  .addOption(json())
  .action(ending(pushModel));
program
  .command('remove')
  .argument('<run>')
  .description('take a run that is over off the disk and the server; says what would go, and does it with --yes')
  .option('--yes', 'do it')
  .option('--force', 'also a run of which nobody knows whether it has ended')
  .addOption(json())
  .action(ending(remove));
program
  .command('prune')
  .description('the same for many runs that are over')
  .option('--older-than <age>', 'ended longer ago: 12h, 30d, 8w')
  .option('--keep-best <n>', 'the runs with the highest scores stay')
  .option('--yes', 'do it')
  .addOption(json())
  .action(ending(prune));
program.command('up').description('start the local stack: Temporal server, Web UI, workers').action(ending(up));
program.command('down').description('stop the local stack').action(ending(down));
program.command('status').description('what of the local stack runs').addOption(json()).action(ending(status));
program
  .command('worker')
  .description('a worker in the foreground, against TEMPORAL_ADDRESS')
  .addOption(new Option('--queue <queue>', 'only this task queue').choices(['tuning', 'training']))
  .action(ending(worker));
program
  .command('codec-server')
  .description('shows encrypted runs in the Web UI, with TUNING_PAYLOAD_KEY')
  .option('--port <port>', 'port on loopback', '8334')
  .option('--origin <address>', "the Web UI's address", 'http://127.0.0.1:8233')
  .action(ending(codecServer));
program
  .command('setup-api-key')
  .description("ask for the adviser's key, check it, keep it in .env")
  .option('--base-url <url>', 'an OpenAI-compatible server')
  .action(ending(setupApiKey));
program.command('doctor').description('check everything that a run needs (served by the launcher)');
program.command('setup').description('install what is missing (served by the launcher)');

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) exitCode = error.exitCode === 0 ? EXIT.done : EXIT.badInput;
  else if (error instanceof UserError) {
    process.stderr.write(`${redactor()(error.message)}\n`);
    exitCode = error.exitCode;
  } else {
    process.stderr.write(`${redactor()(error instanceof Error ? (error.stack ?? error.message) : String(error))}\n`);
    exitCode = EXIT.failed;
  }
}
process.exit(exitCode);
