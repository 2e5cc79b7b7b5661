/** The five answers that a tuning is made from, and how they are read as a person types them. */
import { keyName } from '../../domain/fields.ts';
import type { ParameterSpace, ParameterValue } from '../../domain/parameterSpace.ts';
import type { Task } from '../../domain/tasks.ts';
import { UserError } from '../../runs/userError.ts';
import { t, translated } from '../../words/catalogue.ts';

export const KINDS = ['task', 'function', 'command'] as const;
export type Kind = (typeof KINDS)[number];

/** A key to tune: its default and its range. */
export interface OwnKey {
  name: string;
  value: ParameterValue;
  space: ParameterSpace;
}

export interface MetricAnswer {
  name: string;
  direction: 'maximize' | 'minimize';
}

export type Answers = {
  /** Seconds of one training, about. */
  seconds: number;
} & (
  | { kind: 'task'; task: Task; data: string }
  | { kind: 'function'; file: string; keys: OwnKey[]; metric: MetricAnswer }
  | { kind: 'command'; command: string[]; keys: OwnKey[]; metric: MetricAnswer }
);

export const keyForm = (): string =>
  t`NAME=DEFAULT in LOW..HIGH, with "log" for a range over orders of magnitude, or NAME=DEFAULT of A,B,C; for example: C=1 in 0.01..100 log`;

/**
 * `C=1 in 0.01..100 log`, `depth=3 of 1,2,3`.
 *
 * @throws UserError that says what is wrong with it.
 */
export function readKey(text: string): OwnKey {
  const [, name, given, word, rest] = /^\s*(\w+)\s*=\s*(\S+)\s+(in|of)\s+(.+?)\s*$/.exec(text) ?? [];
  if (!name || !given || !rest) throw new UserError(t`${text}: is no key with a range; allowed: ${keyForm()}`);
  const named = keyName.safeParse(name);
  if (!named.success) throw new UserError(`${name}: ${translated(named.error.issues[0]!.message)}`);
  return word === 'in' ? ranged(name, given, rest, text) : chosen(name, given, rest, text);
}

function ranged(name: string, given: string, rest: string, text: string): OwnKey {
  const [, low, high, log] = /^(\S+?)\s*\.\.\s*(\S+)(\s+log)?$/.exec(rest) ?? [];
  const numbers = [given, low, high].map(Number);
  if (low === undefined || !numbers.every(Number.isFinite))
    throw new UserError(t`${text}: is no range of numbers; allowed: ${keyForm()}`);
  const [value, min, max] = numbers as [number, number, number];
  const whole = [given, low, high].every((one) => /^-?\d+$/.test(one!));
  const scale = log ? ('log' as const) : ('linear' as const);
  return { name, value, space: { type: whole ? 'int' : 'float', min, max, scale } };
}

function chosen(name: string, given: string, rest: string, text: string): OwnKey {
  const words = rest.split(',').map((word) => word.trim());
  if (words.length < 2 || words.includes(''))
    throw new UserError(t`${text}: needs two choices or more, such as of 1,2,3`);
  const numbers = [given, ...words].every((word) => word !== '' && Number.isFinite(Number(word)));
  const read = (word: string): ParameterValue => (numbers ? Number(word) : word);
  const whole = numbers && [given, ...words].every((word) => Number.isInteger(Number(word)));
  const type = whole ? 'int' : numbers ? 'float' : 'categorical';
  return { name, value: read(given), space: { type, choices: words.map(read), scale: 'linear' } };
}

const UNITS: Record<string, number> = { s: 1, m: 60, min: 60, h: 3600 };

/**
 * `30s`, `5m`, `2h`; a bare number is seconds.
 *
 * @throws UserError when it is no time.
 */
export function readSeconds(text: string): number {
  const [, amount, unit = 's'] = /^\s*(\d+(?:\.\d+)?)\s*(s|m|min|h)?\s*$/.exec(text) ?? [];
  const seconds = Number(amount) * UNITS[unit]!;
  if (!(seconds > 0)) throw new UserError(t`${text}: is no time; allowed: 30s, 5m, 2h`);
  return seconds;
}

/** A command's words, as a shell would part them: quotes keep spaces. */
export const readCommand = (text: string): string[] =>
  [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, bare]) => double ?? single ?? bare!);
