/** What settings bring with them: the defaults of a TASK, and whole splits of own data. */
import path from 'node:path';
import { said } from '../domain/said.ts';
import { TASKS } from '../domain/tasks.ts';
import type { Task } from '../domain/tasks.ts';
import { show } from '../domain/words.ts';
import { PROJECT_ROOT, shownPath } from '../projectRoot.ts';
import { emptyLayer, fileLayer } from './layers.ts';
import type { Layer, Placed } from './layers.ts';

/** What each split's key is where own data are named and it is not. */
const WHOLE_SPLITS = { STSB_TRAIN_SPLIT: 'train', STSB_DEV_SPLIT: 'validation', STSB_TEST_SPLIT: 'test' } as const;
/** The slices of the bundled data that config/default.yaml comes with. */
const SAMPLE_SPLITS = {
  STSB_TRAIN_SPLIT: 'train[:200]',
  STSB_DEV_SPLIT: 'validation[:100]',
  STSB_TEST_SPLIT: 'test',
} as const;
/** Data that the slices of the defaults are made for. */
const KNOWN_DATA: ReadonlySet<unknown> = new Set(['sample', 'stsb']);

const namedIn = (layers: readonly Layer[], key: string): Placed | undefined =>
  layers.findLast((layer) => layer.DEFAULT_CONFIG.has(key))?.DEFAULT_CONFIG.get(key);

/** The layers with what they bring with them, just above config/default.yaml: the defaults of their TASK, and whole splits. */
export function withOwnLayers([defaults, ...above]: Layer[]): Layer[] {
  // What `misplaced` refuses is taken as it was meant, so that nothing is told that only follows from it.
  const task = namedIn(above, 'TASK') ?? namedIn([defaults!], 'TASK');
  return [defaults!, ...taskLayer(task), ...wholeSplits(namedIn(above, 'DATASET_NAME')), ...above];
}

const ELSEWHERE = said`in a file of your own (--config)`;

/**
 * What config/default.yaml cannot hold: another TASK, or own data under the slices of the bundled data. Both bring defaults
 * that lie between that file and all others, and there nobody can tell what was changed in it from what it came with.
 */
export function misplaced([defaults, ...above]: Layer[], plugin: boolean): string[] {
  if (plugin) return [];
  const placed = (key: string) => (namedIn(above, key) ? undefined : defaults!.DEFAULT_CONFIG.get(key));
  const [task, data] = [placed('TASK'), placed('DATASET_NAME')];
  const ofSample = Object.entries(SAMPLE_SPLITS).every(([key, slice]) => placed(key)?.value === slice);
  return [
    ...(TASKS.includes(task?.value as Task) && task?.value !== 'sts'
      ? [
          said`${task!.origin}: TASK: ${show(task!.value)} brings the defaults of config/tasks/${task!.value as Task}.yaml, which lie above this file: leave sts here and set TASK ${ELSEWHERE}, by --set TASK=${task!.value as Task} or by TUNING_TASK`,
        ]
      : []),
    ...(data && !KNOWN_DATA.has(data.value) && ofSample
      ? [
          said`${data.origin}: DATASET_NAME: own data would be cut to the slices of the bundled data below it (${Object.values(SAMPLE_SPLITS).join(', ')}): set DATASET_NAME ${ELSEWHERE}, by --set or by TUNING_DATASET_NAME, which uses data whole, or change the slices here`,
        ]
      : []),
  ];
}

/** TASK `sts` has no defaults of its own. */
function taskLayer(task: Placed | undefined): Layer[] {
  if (!TASKS.includes(task?.value as Task) || task?.value === 'sts') return [];
  const file = path.join(PROJECT_ROOT, 'config', 'tasks', `${task?.value as Task}.yaml`);
  return [fileLayer(file, shownPath(file))];
}

/** Own data are used whole: the slices of the defaults are those of the bundled data. What anybody names lies above. */
function wholeSplits(data: Placed | undefined): Layer[] {
  if (!data || KNOWN_DATA.has(data.value)) return [];
  const placed = Object.entries(WHOLE_SPLITS).map(([key, value]) => [key, { value, origin: data.origin }] as const);
  return [{ ...emptyLayer(), DEFAULT_CONFIG: new Map(placed) }];
}
