/** Arguments and options that several commands have. */
import { Argument, InvalidArgumentError, Option } from 'commander';
import { nearest } from '../../config/messages.ts';
import { said } from '../../domain/said.ts';
import { TASKS } from '../../domain/tasks.ts';
import { t } from '../../words/catalogue.ts';
import { completes } from './completes.ts';

export const jsonOption = (): Option => new Option('--json', t`print one JSON object`);

export const autoOption = (): Option => new Option('--auto', t`never ask: the run goes on by itself`);
export const interactiveOption = (): Option =>
  new Option('--interactive', t`ask after each round, also without a terminal`);
export const detachOption = (): Option => new Option('--detach', t`start it and leave`);

export const configOption = (): Option =>
  completes(new Option(`--config <${t`file`}>`, t`a YAML file merged over config/default.yaml`), 'file');

/** Values of an option that may be given many times. */
export const collect = (value: string, earlier: string[]): string[] => [...earlier, value];

export const setOption = (description = t`one setting; may be given many times`): Option => {
  const option = new Option(`--set <${t`KEY=VALUE`}>`, description).argParser(collect).default([] as string[]);
  return completes(option, 'setting');
};

export const taskOption = (description: string): Option =>
  completes(new Option(`--task <${t`task`}>`, description), TASKS);

/** An argument that is one of some words; a typo is answered in commander's own words, with the nearest one. */
export const choosing = (argument: Argument, words: readonly string[]): Argument =>
  argument.choices(words).argParser((typed) => {
    if (words.includes(typed)) return typed;
    const meant = nearest(typed, words);
    const lines = [
      said`Allowed choices are ${words.join(', ')}.`,
      ...(meant === null ? [] : [said`(Did you mean ${meant}?)`]),
    ];
    throw new InvalidArgumentError(lines.join('\n'));
  });

/** The run that is meant: its name, the start of one, or, where it may be left out, the newest. */
export const theRun = (): Argument =>
  completes(new Argument(`<${t`run`}>`, t`name of a run, or the start of one`), 'run');
export const aRun = (): Argument =>
  completes(
    new Argument(`[${t`run`}]`, t`name of a run, or the start of one; else the one that runs, or the newest`),
    'run',
  );
