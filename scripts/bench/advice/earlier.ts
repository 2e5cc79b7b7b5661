/** Tables whose best configurations are alike, and those whose are not: what an earlier run on other data is worth. */
import { readGrid } from './grid.ts';
import type { Grid } from './grid.ts';
import { TABLES } from './plan.ts';

const ranks = (values: readonly number[]): Float64Array => {
  const order = values.map((_, place) => place).sort((a, b) => values[a]! - values[b]!);
  const found = new Float64Array(values.length);
  order.forEach((place, rank) => (found[place] = rank));
  return found;
};

/** Spearman's correlation of the truths of two grids with the same keys; null when their keys differ. */
function likeness(one: Grid, other: Grid): number | null {
  if (Object.keys(one.spaces).join() !== Object.keys(other.spaces).join()) return null;
  const [a, b] = [ranks(one.truth), ranks(other.truth)];
  const mean = (a.length - 1) / 2;
  let [both, single] = [0, 0];
  for (let place = 0; place < a.length; place += 1) {
    both += (a[place]! - mean) * (b[place]! - mean);
    single += (a[place]! - mean) ** 2;
  }
  return both / single;
}

/** The other table with the same keys that is most, or least, like this one. */
export async function relativeOf(grid: Grid, folder: string, which: 'similar' | 'dissimilar'): Promise<Grid> {
  const sign = which === 'similar' ? 1 : -1;
  let found: { grid: Grid; value: number } | null = null;
  for (const name of TABLES.filter((other) => other !== grid.name)) {
    const other = await readGrid(folder, name);
    const value = likeness(grid, other);
    if (value !== null && (!found || sign * value > sign * found.value)) found = { grid: other, value };
  }
  return found!.grid;
}
