/**
 * The program's definition: its commands with their options, help and examples. What a command does is loaded when it is
 * called, so that help and completion answer at once.
 */
import { Command, Option } from 'commander';
import { LANGUAGES, t, translated } from '../../words/catalogue.ts';
import { addLookingCommands } from './looking.ts';
import { addStackCommands } from './stack.ts';
import { addStartingCommands } from './starting.ts';
import { addTidyingCommands } from './tidying.ts';
import { HELP_IN_WORDS, callOf } from './words.ts';

/** Makes a command's function into an action of commander: the program notes its exit code, a test notes what was parsed. */
export type Acting = <Arguments extends unknown[]>(
  command: (...given: Arguments) => Promise<number> | number,
) => (...given: Arguments) => Promise<void> | void;

/** The program in the language that is set; whoever calls it has set that before. */
export function createProgram(acting: Acting): Command {
  const program = new Command('tuning')
    .description(t`Tunes trainings, a few hyperparameters at a time.`)
    .exitOverride()
    .configureHelp(HELP_IN_WORDS)
    .configureOutput({ outputError: (text, write) => write(translated(text)) })
    .helpCommand(`help [${t`command`}]`, t`display help for command`);
  addStartingCommands(program, acting);
  addLookingCommands(program, acting);
  addTidyingCommands(program, acting);
  addStackCommands(program, acting);
  for (const command of [program, ...program.commands]) {
    command
      .addOption(
        new Option(`--lang <${t`language`}>`, t`language of everything that is said; else as LANG has it`).choices(
          LANGUAGES.toReversed(),
        ),
      )
      .helpOption('-h, --help', t`display help for command`)
      .showHelpAfterError(t`(${callOf(command === program ? 'tuning' : command.name(), '--help')} tells more)`);
  }
  return program.addHelpText('after', `\n${t`More of one command: ${callOf('start-run', '--help')}`}`);
}
