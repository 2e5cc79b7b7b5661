/** Commander's own words in the reader's language, and the form in which a command is called. */
import { Help } from 'commander';
import type { Argument, Command, HelpConfiguration, Option } from 'commander';
import stringWidth from 'string-width';
import { t, translated } from '../../words/catalogue.ts';
import { wrapped } from '../terminal/view.ts';

/** Whether npm started this process: its commands are called otherwise than those of `tuning` on the PATH. */
const byNpm = (): boolean => process.env['npm_lifecycle_event'] !== undefined;

/** `npm run show -- my-run`, or `tuning show my-run`. */
export function callOf(name: string, words = ''): string {
  const call = byNpm() ? `npm run ${name}` : `tuning ${name}`;
  if (words === '') return call;
  return byNpm() ? `${call} -- ${words}` : `${call} ${words}`;
}

const argumentWords = (command: Command): string[] => command.registeredArguments.map(termOf);

function termOf(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function described(description: string, { argChoices, defaultValue }: Option | Argument): string {
  if (argChoices) return t`${description} (choices: ${argChoices.join(', ')})`;
  return typeof defaultValue === 'string' ? t`${description} (default: ${defaultValue})` : description;
}

/** Help in the reader's language, set to the width that the signs have on a terminal. */
export const HELP_IN_WORDS: HelpConfiguration = {
  // A full-width colon holds its space already.
  formatHelp: (command, helper) => Help.prototype.formatHelp.call(helper, command, helper).replaceAll('： ', '：'),
  styleTitle: (title) => translated(title),
  commandUsage: (command) =>
    command.parent
      ? callOf(command.name(), [t`[options]`, ...argumentWords(command)].join(' '))
      : callOf(`<${t`command`}>`, t`[options]`),
  subcommandTerm: (command) => [command.name(), ...argumentWords(command)].join(' '),
  optionDescription: (option) => described(option.description, option),
  argumentDescription: (argument) => described(argument.description, argument),
  displayWidth: (text) => stringWidth(text),
  boxWrap: (text, width) => wrapped(text, { width, rows: Infinity }).join('\n'),
};
