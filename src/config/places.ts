/** Rules between the places of a run. */
import path from 'node:path';
import type { CombinationProblem } from '../domain/combinationProblem.ts';
import { said } from '../domain/said.ts';
import { bucketOf } from '../domain/storePlace.ts';
import type { TrainingConfig } from '../domain/trainingConfig.ts';
import { PROJECT_ROOT } from '../projectRoot.ts';

/** A store inside OUTPUT_DIR_ROOT would be lost with it, and be taken for a run. */
export function impossiblePlaces({ STORE: store, OUTPUT_DIR_ROOT: root }: TrainingConfig): CombinationProblem[] {
  if (store === null || bucketOf(store)) return [];
  const inside = path.relative(path.resolve(PROJECT_ROOT, root), path.resolve(PROJECT_ROOT, store));
  if (inside === '..' || inside.startsWith(`..${path.sep}`) || path.isAbsolute(inside)) return [];
  const where = inside === '' ? said`is OUTPUT_DIR_ROOT itself` : said`lies in OUTPUT_DIR_ROOT (${root})`;
  return [
    {
      section: 'DEFAULT_CONFIG',
      key: 'STORE',
      message: said`${store} ${where}, and what it keeps would be lost with it; choose a folder elsewhere`,
    },
  ];
}
