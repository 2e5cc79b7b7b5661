/** Examples below a command's help. A test parses each of them, as it is printed, with the program itself. */
import type { Command } from 'commander';
import { t } from '../../words/catalogue.ts';
import { callOf } from './words.ts';

/**
 * Adds examples to a command's help.
 *
 * @param examples - What stands behind the command, as a person types it, and what it does.
 */
export function withExamples(command: Command, ...examples: [words: string, does: string][]): Command {
  const lines = examples.map(([words, does]) => `  # ${does}\n  ${callOf(command.name(), words)}`);
  return command.addHelpText('after', `\n${t`Examples:`}\n${lines.join('\n')}`);
}
