/** A table of trainings that stands for the trainer, and the rule by which a run draws from it (as in `grids.py`). */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ParameterSpace } from '../../../src/domain/parameterSpace.ts';
import type { Values } from '../../../src/domain/trials.ts';

type Choice = string | number;

/** Arrays of trainings are flat: configuration × draws + draw. */
export interface Grid {
  name: string;
  family: 'a' | 'b' | 'c' | 'flat';
  /** Whether choices of the search model were made on it. */
  half: 'fitted' | 'kept';
  /** In the order in which a person would look at them. */
  spaces: Record<string, ParameterSpace & { choices: Choice[] }>;
  /** Place of the default that is not drawn, and of those drawn at random. */
  middle: number;
  random: number[];
  draws: number;
  score: number[];
  seconds: number[];
  /** The score without noise, of each configuration: what a search cannot see. */
  truth: number[];
  held_out?: number[];
  held_truth?: number[];
  /** Dev and held-out score of the model as it comes. */
  untouched: [number, number] | null;
  /** Scores at the looks before the last: three for each training. */
  looks?: number[];
}

/** What a run sees of one training. */
export interface Drawn {
  score: number;
  seconds: number;
  heldOut: number | null;
  /** Scores at all looks; null where the table has none. */
  looks: number[] | null;
}

export async function readGrid(folder: string, name: string): Promise<Grid> {
  return JSON.parse(await readFile(path.join(folder, `${name}.json`), 'utf8')) as Grid;
}

/** Number of a configuration, in the order of the spaces with the last key fastest. */
export function placeOf({ spaces }: Grid, values: Values): number {
  let place = 0;
  for (const [key, { choices }] of Object.entries(spaces)) {
    const choice = choices.indexOf(values[key]!);
    if (choice < 0) throw new Error(`${key} = ${values[key]} is not in the table`);
    place = place * choices.length + choice;
  }
  return place;
}

export function valuesOf({ spaces }: Grid, place: number): Values {
  let left = place;
  const values: [string, Choice][] = [];
  for (const [key, { choices }] of Object.entries(spaces).reverse()) {
    values.unshift([key, choices[left % choices.length]!]);
    left = Math.floor(left / choices.length);
  }
  return Object.fromEntries(values);
}

export function defaultPlace({ middle, random }: Grid, start: 'M' | 'R', run: number): number {
  return start === 'M' ? middle : random[run % random.length]!;
}

/** @param fresh - 0: the run's own seed; 1, 2, …: others. */
export function drawnOf(grid: Grid, place: number, run: number, fresh: number): Drawn {
  const at = place * grid.draws + ((mix(place, run) + fresh) % grid.draws);
  const score = grid.score[at]!;
  const before = grid.looks ? grid.looks.length / grid.score.length : 0;
  return {
    score,
    seconds: grid.seconds[at]!,
    heldOut: grid.held_out?.[at] ?? null,
    looks: grid.looks ? [...grid.looks.slice(at * before, (at + 1) * before), score] : null,
  };
}

/** Two small numbers hashed to 32 bits. */
export function mix(place: number, run: number): number {
  let value = (Math.imul(place, 0x9e3779b1) + Math.imul(run, 0x85ebca77) + 0x165667b1) >>> 0;
  for (const [shift, factor] of [
    [15, 0x2c1b3c6d],
    [12, 0x297a2d39],
  ] as const)
    value = Math.imul(value ^ (value >>> shift), factor) >>> 0;
  return (value ^ (value >>> 15)) >>> 0;
}

/** 0 for the best configuration of a list, 1 for the median one; may exceed 1. */
export function regretIn(truth: readonly number[]): (place: number) => number {
  const sorted = truth.toSorted((a, b) => a - b);
  const best = sorted.at(-1)!;
  const half = sorted.length / 2;
  const median = (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2;
  return (place) => (best - truth[place]!) / (best - median);
}
