/** What is measured of runs: regrets, their intervals, and how often a winner is none. */
import { regretIn } from './grid.ts';
import type { Grid } from './grid.ts';
import type { Played } from './story.ts';
import type { Job } from './settings.ts';

/** A run of the story, or of something that it is compared with. */
export type Line = Job & Pick<Played, 'trainings'> & Partial<Played>;

/** Trainings that the search decided on, with the default: those that the pool and the comparison count. */
export const counted = ({ trainings }: Line): Played['trainings'] =>
  trainings.filter(([, , , , purpose]) => purpose !== 'confirmation' && purpose !== 'noise');

/** Place of the best mean score among the first trainings; pruned ones have none. */
export function bestOf(trainings: Played['trainings']): number {
  const scores = new Map<number, number[]>();
  for (const [place, score] of trainings) if (score !== null) scores.set(place, [...(scores.get(place) ?? []), score]);
  let best: { place: number; mean: number } | null = null;
  for (const [place, of] of scores) {
    const mean = of.reduce((sum, score) => sum + score, 0) / of.length;
    if (!best || mean > best.mean) best = { place, mean };
  }
  return best!.place;
}

/** The best measured after so many seconds of training; the default counts from its own end on. */
export function bestWithin(trainings: Played['trainings'], seconds: number): number {
  let spent = 0;
  const done = trainings.filter(([, , took], index) => {
    spent += took;
    return index === 0 || spent <= seconds;
  });
  return bestOf(done);
}

export const secondsOf = (trainings: Played['trainings']): number =>
  trainings.reduce((sum, [, , seconds]) => sum + seconds, 0);

export interface Estimate {
  mean: number;
  low: number;
  high: number;
  /** Runs behind it. */
  runs: number;
}

const RESAMPLES = 1000;

/**
 * Mean over groups of the mean over their runs, and the interval of 95 % by drawing each group's runs again (bootstrap,
 * Efron & Tibshirani 1993): the tables are these, their seeds could have been others.
 */
export function pooled(groups: readonly (readonly number[])[]): Estimate | null {
  const full = groups.filter((group) => group.length > 0);
  if (full.length === 0) return null;
  const random = generator(full.length * 7919 + full[0]!.length);
  const over = (pick: (group: readonly number[]) => number) =>
    full.reduce((sum, group) => sum + pick(group), 0) / full.length;
  const means = Array.from({ length: RESAMPLES }, () =>
    over((group) => {
      let sum = 0;
      for (let index = 0; index < group.length; index += 1) sum += group[Math.floor(random() * group.length)]!;
      return sum / group.length;
    }),
  ).sort((a, b) => a - b);
  return {
    mean: over((group) => group.reduce((sum, value) => sum + value, 0) / group.length),
    low: means[Math.floor(0.025 * RESAMPLES)]!,
    high: means[Math.ceil(0.975 * RESAMPLES) - 1]!,
    runs: full.reduce((sum, group) => sum + group.length, 0),
  };
}

/** mulberry32: small, and the same everywhere. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Lines with the grids that they are of. */
export class Results {
  readonly lines: readonly Line[];
  readonly grids: ReadonlyMap<string, Grid>;
  readonly #regrets = new Map<string, (place: number) => number>();
  readonly #by = new Map<string, Line[]>();

  constructor(lines: readonly Line[], grids: ReadonlyMap<string, Grid>) {
    this.lines = lines;
    this.grids = grids;
    for (const line of lines) {
      const key = keyOf(line.grid, line.method, line.start, line.budget);
      this.#by.set(key, [...(this.#by.get(key) ?? []), line]);
    }
  }

  of(grid: string, method: string, start: Job['start'], budget: number): readonly Line[] {
    return this.#by.get(keyOf(grid, method, start, budget)) ?? [];
  }

  regret(grid: string, place: number): number {
    const known = this.#regrets.get(grid) ?? regretIn(this.grids.get(grid)!.truth);
    this.#regrets.set(grid, known);
    return known(place);
  }

  /** A figure of every run of a method on some grids, pooled. */
  pool(
    grids: readonly string[],
    method: string,
    starts: readonly Job['start'][],
    budget: number,
    figure: (line: Line) => number | null,
  ): Estimate | null {
    return pooled(
      grids.flatMap((grid) =>
        starts.map((start) =>
          this.of(grid, method, start, budget).flatMap((line) => {
            const value = figure(line);
            return value === null ? [] : [value];
          }),
        ),
      ),
    );
  }
}

const keyOf = (...parts: (string | number)[]): string => parts.join('|');
