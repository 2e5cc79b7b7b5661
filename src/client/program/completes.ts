/** What the shell may offer for an argument or an option's value: noted where it is defined, read by the completion. */
import type { Argument, Option } from 'commander';

/**
 * `run`: names of runs; `decision`; `setting`: KEY=VALUE of the configuration; `wish`: what stands behind a decision;
 * `file`: left to the shell; or values that are always the same ones.
 */
export type Completes = 'run' | 'decision' | 'setting' | 'wish' | 'file' | readonly string[];

const noted = new WeakMap<Argument | Option, Completes>();

/** Notes it, and gives the argument or option back. */
export function completes<Word extends Argument | Option>(word: Word, what: Completes): Word {
  noted.set(word, what);
  return word;
}

/** Null: nothing can be offered. Choices that commander itself checks count, too. */
export const completesOf = (word: Argument | Option): Completes | null =>
  noted.get(word) ?? (word.argChoices?.length ? word.argChoices : null);
