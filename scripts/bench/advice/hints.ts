/** What a run is told before it begins: a person's belief, or what was best in an earlier run on other data. */
import type { Hint } from '../../../src/domain/study.ts';
import type { Values } from '../../../src/domain/trials.ts';
import { valuesOf } from './grid.ts';
import type { Grid } from './grid.ts';
import { KEYS } from './settings.ts';

/**
 * A person names a value for each of the first keys: that of the table's best configuration, or the end of the range that
 * is farthest from it.
 */
export function personsHints(grid: Grid, which: 'good' | 'misleading'): Hint[] {
  const best = valuesOf(grid, grid.truth.indexOf(grid.truth.reduce((a, b) => Math.max(a, b))));
  return Object.entries(grid.spaces)
    .slice(0, KEYS)
    .map(([key, { choices }]) => {
      const at = choices.indexOf(best[key]!);
      const far = 2 * at >= choices.length - 1 ? choices[0]! : choices.at(-1)!;
      return { change: { [key]: which === 'good' ? best[key]! : far }, by: 'person', source: `a ${which} belief` };
    });
}

/** As `earlierEvidence` gives it: what differed from the default in the best trial of an earlier run. */
export function earlierHints(best: Values, defaults: Values, source: string): Hint[] {
  const change = Object.fromEntries(Object.entries(best).filter(([key, value]) => defaults[key] !== value));
  return Object.keys(change).length === 0 ? [] : [{ change, by: 'earlier_run', source }];
}
