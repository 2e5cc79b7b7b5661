/** Keys of a training that say something of a run: the others are there because every key has a value. */
import { isFree } from './freeKeys.ts';
import { isPlugin } from './metric.ts';
import type { ParameterSpace } from './parameterSpace.ts';
import { ADDED_KEYS } from './settings.ts';
import type { TrainingConfig, TrainingKey } from './trainingConfig.ts';
import { canonicalJson } from './trialIdentity.ts';

/** What every training has, whoever wrote it: looks, checkpoints, seed, places. */
export const OF_EVERY_TRAINING: ReadonlySet<string> = new Set<TrainingKey>([
  'EVAL_LOOKS',
  'SAVE_STRATEGY',
  'SAVE_STEPS',
  'SAVE_TOTAL_LIMIT',
  'SEED',
  'OUTPUT_DIR_ROOT',
  'STORE',
  'RUN_NAME_PREFIX',
]);

/** What an own training has beside its free keys. */
const OF_PLUGINS: ReadonlySet<string> = new Set<TrainingKey>(['TRAINER', 'TRAINER_COMMAND', 'TRAINER_FILES', 'METRIC']);

const ADDED: Readonly<Record<string, unknown>> = ADDED_KEYS;
/** These came later than the first keys, but there is no run without them. */
const ALWAYS: ReadonlySet<string> = new Set<TrainingKey>(['EVAL_LOOKS', 'STORE']);

/** Keys of a configuration that its training has, or that differ from what stands for "none", in their order. */
export function relevantKeys(config: TrainingConfig, tunable: Readonly<Record<string, ParameterSpace>>): TrainingKey[] {
  const values = config as unknown as Record<string, unknown>;
  const given = (key: string) => canonicalJson(values[key]) !== canonicalJson(ADDED[key]);
  const ofTask = (key: string) => !Object.hasOwn(ADDED, key) || ALWAYS.has(key) || given(key);
  const ofPlugin = (key: string) =>
    isFree(key) || OF_EVERY_TRAINING.has(key) || ((OF_PLUGINS.has(key) || key === 'CONSTRAINTS') && given(key));
  const relevant = isPlugin(config) ? ofPlugin : ofTask;
  return (Object.keys(config) as TrainingKey[]).filter((key) => Object.hasOwn(tunable, key) || relevant(key));
}
