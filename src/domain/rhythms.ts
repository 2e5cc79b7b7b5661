/**
 * Keys that cannot change a score, only what a training costs and how often its curve is drawn. They may be listed in
 * TUNABLE_KEYS, and then a person may set them in mid-run. The search never spends a training on them: two trainings that
 * differ in nothing else have the same weights and the same score, so one is not a gain over the other, and the second would
 * be the first again.
 */
import type { ParameterSpace } from './parameterSpace.ts';

type Spaces = Record<string, ParameterSpace>;

const RHYTHMS: ReadonlySet<string> = new Set(['EVAL_STEPS', 'SAVE_STEPS']);

/** A run's listed keys: those that are searched, and those that are rhythms. */
export function apart(spaces: Readonly<Spaces>): { searched: Spaces; rhythms: Spaces } {
  const of = (rhythm: boolean): Spaces =>
    Object.fromEntries(Object.entries(spaces).filter(([key]) => RHYTHMS.has(key) === rhythm));
  return { searched: of(false), rhythms: of(true) };
}
