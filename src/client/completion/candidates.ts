/** What may stand at the cursor, from the program's own definition. */
import type { Argument, Command, Option } from 'commander';
import { t } from '../../words/catalogue.ts';
import { TYPED_DECISIONS } from '../decisionWords.ts';
import { completesOf } from '../program/completes.ts';
import type { Completes } from '../program/completes.ts';
import type { Typed } from './line.ts';

export interface Candidate {
  value: string;
  /** Shown beside it where the shell can. */
  about: string;
}

/** What is not in the program: asked for when it is needed. */
export interface Known {
  /** Names of npm's scripts. */
  scripts(): string[];
  runs(): string[];
  /** Keys of the configuration. */
  settings(): Setting[];
  /** Keys that a run takes decisions about. */
  keysOf(run: string): Setting[];
}

/** A key of the configuration, and its values where they are few. */
export interface Setting {
  key: string;
  about: string;
  values: string[];
}

/** `files`: the shell's own completion of paths is to be used. */
export type Answer = Candidate[] | 'files';

export function answerTo({ words, current, at }: Typed, program: Command, known: Known): Answer {
  if (at === 'script') return starting(current, known.scripts().map(bare));
  const { command, words: behind } = commandIn(program, words);
  const { waiting, used, positions } = walked(command, behind);
  if (waiting) return valuesFor(waiting, current, known, positions);
  const [, name, value] = /^(--[\w-]+)=(.*)$/s.exec(current) ?? [];
  if (name !== undefined) return joined(name, valuesFor(optionOf(command, name), value!, known, positions));
  if (command === program && !current.startsWith('-')) return starting(current, commandsOf(program));
  const options =
    at === 'direct' ? [{ value: '--', about: t`options of the command follow` }] : optionsOf(command, used);
  if (current.startsWith('-')) return starting(current, options);
  const argument = command.registeredArguments[positions.length];
  if (argument) {
    const values = valuesFor(argument, current, known, positions);
    return values === 'files' || values.length > 0 ? values : argument.required ? [] : starting(current, options);
  }
  return starting(current, options);
}

/** The command that is typed, or the program itself, and what stands behind it. */
function commandIn(program: Command, words: readonly string[]): { command: Command; words: readonly string[] } {
  const { positions, places } = walked(program, words);
  const command = program.commands.find((one) => one.name() === positions[0]);
  return command ? { command, words: words.slice(places[0]! + 1) } : { command: program, words };
}

/** Reads whole words: the option whose value the cursor is at, those that were used, and the words that are none. */
function walked(command: Command, words: readonly string[]) {
  const used = new Set<Option>();
  const positions: string[] = [];
  const places: number[] = [];
  let waiting: Option | null = null;
  words.forEach((word, place) => {
    if (waiting) waiting = null;
    else if (word.startsWith('-')) {
      const option = optionOf(command, word.split('=')[0]!);
      if (!option) return;
      used.add(option);
      if (!word.includes('=') && (option.required || option.optional)) waiting = option;
    } else {
      positions.push(word);
      places.push(place);
    }
  });
  return { waiting: waiting as Option | null, used, positions, places };
}

const optionOf = (command: Command, flag: string): Option | null =>
  command.options.find(({ long, short }) => long === flag || short === flag) ?? null;

const bare = (value: string): Candidate => ({ value, about: '' });

const starting = (current: string, candidates: readonly Candidate[]): Candidate[] =>
  candidates.filter(({ value }) => value.startsWith(current));

const commandsOf = (program: Command): Candidate[] =>
  program
    .createHelp()
    .visibleCommands(program)
    .map((command) => ({ value: command.name(), about: command.description() }));

/** Those that are not there yet; one that may be given many times stays. */
const optionsOf = (command: Command, used: ReadonlySet<Option>): Candidate[] =>
  command
    .createHelp()
    .visibleOptions(command)
    .filter((option) => !used.has(option) || Array.isArray(option.defaultValue))
    .map((option) => ({ value: option.long ?? option.short!, about: option.description }));

const joined = (name: string, answer: Answer): Answer =>
  answer === 'files' ? answer : answer.map(({ value, about }) => ({ value: `${name}=${value}`, about }));

function valuesFor(
  word: Argument | Option | null,
  current: string,
  known: Known,
  positions: readonly string[],
): Answer {
  const what: Completes | null = word && completesOf(word);
  if (what === null) return [];
  if (what === 'file') return 'files';
  if (what === 'run') return starting(current, known.runs().map(bare));
  if (what === 'decision') return starting(current, Object.keys(TYPED_DECISIONS).map(bare));
  if (what === 'setting') return settingsFor(current, known.settings());
  if (what === 'wish') return wishesFor(current, known, positions);
  return starting(current, what.map(bare));
}

/** Behind `decide RUN`: KEY=VALUE for `set`, a key for `key`. */
function wishesFor(current: string, known: Known, [run = '', decision]: readonly string[]): Candidate[] {
  if (decision === 'set') return settingsFor(current, known.keysOf(run));
  if (decision !== 'key') return [];
  return starting(
    current,
    known.keysOf(run).map(({ key, about }) => ({ value: key, about })),
  );
}

/** `KEY=`, then its values. */
function settingsFor(current: string, settings: readonly Setting[]): Candidate[] {
  const [key, value] = current.split('=', 2);
  if (value === undefined)
    return starting(
      current,
      settings.map((setting) => ({ value: `${setting.key}=`, about: setting.about })),
    );
  const values = settings.find((setting) => setting.key === key)?.values ?? [];
  return starting(
    current,
    values.map((one) => bare(`${key}=${one}`)),
  );
}
