/** The search space: which keys may be tuned, and which values each may take. */
import { keyName } from './fields.ts';
import type { ParameterSpace, ParameterValue } from './parameterSpace.ts';
import { parameterSpaceSchema } from './parameterSpace.ts';
import { said } from './said.ts';
import { lossesToTune } from './tasks.ts';
import type { Task } from './tasks.ts';
import type { TrainingConfig, TrainingKey } from './trainingConfig.ts';
import { trainingConfigSchema } from './trainingConfig.ts';
import { allowedWords, show } from './words.ts';

/**
 * Keys that may be tuned, with the space each has when the configuration only names it. Workflows read them, so they are
 * code; config/default.yaml shows those of its keys, and a test holds the two together.
 */
export const DEFAULT_SPACES: Readonly<Record<string, ParameterSpace>> = {
  LEARNING_RATE: { type: 'float', min: 1e-6, max: 5e-4, scale: 'log' },
  NUM_TRAIN_EPOCHS: { type: 'int', min: 1, max: 5, scale: 'linear' },
  TRAIN_BATCH_SIZE: { type: 'int', choices: [4, 8, 16, 32, 64], scale: 'linear' },
  GRAD_ACC_STEPS: { type: 'int', choices: [1, 2, 4, 8], scale: 'linear' },
  WARMUP_RATIO: { type: 'float', min: 0, max: 0.3, scale: 'linear' },
  WEIGHT_DECAY: { type: 'float', min: 0, max: 0.3, scale: 'linear' },
  // Without polynomial: as transformers makes it by default, it is linear.
  LR_SCHEDULER: {
    type: 'categorical',
    choices: ['linear', 'cosine', 'constant', 'constant_with_warmup'],
    scale: 'linear',
  },
  LOSS: { type: 'categorical', choices: ['cosent', 'cosine'], scale: 'linear' },
  LOSS_SCALE: { type: 'float', min: 5, max: 100, scale: 'log' },
  OPTIMIZER: { type: 'categorical', choices: ['adamw_torch_fused', 'adafactor'], scale: 'linear' },
  MAX_SEQ_LENGTH: { type: 'int', choices: [64, 128, 256], scale: 'linear' },
  POOLING: { type: 'categorical', choices: ['mean', 'cls', 'max'], scale: 'linear' },
  HARD_NEGATIVES: { type: 'int', choices: [0, 1, 3, 5], scale: 'linear' },
  FROZEN_LAYERS: { type: 'int', choices: [0, 1, 2, 3], scale: 'linear' },
  DROPPED_LAYERS: { type: 'int', choices: [0, 1, 2], scale: 'linear' },
  LORA_R: { type: 'int', choices: [0, 4, 8, 16, 32], scale: 'linear' },
  LORA_ALPHA: { type: 'float', min: 4, max: 128, scale: 'log' },
  LORA_DROPOUT: { type: 'float', min: 0, max: 0.3, scale: 'linear' },
  // They cannot change a score: people may set them, and no training is spent on them (`rhythms.ts`).
  EVAL_STEPS: { type: 'int', choices: [25, 50, 100, 200], scale: 'linear' },
  SAVE_STEPS: { type: 'categorical', choices: ['auto', 50, 100, 200, 500], scale: 'linear' },
};

/** Keys that may be tuned and have no usual space: their choices must be written out. */
const NEEDS_CHOICES: Readonly<Record<string, string>> = {
  BASE_MODEL: '{type: categorical, choices: [sentence-transformers/all-MiniLM-L6-v2, path/to/a/folder]}',
};

/** Keys that the model itself may rule out: the trainer looks at the start whether it takes what a run may train. */
const OF_THE_MODEL: readonly string[] = [
  'BASE_MODEL',
  'MAX_SEQ_LENGTH',
  'POOLING',
  'FROZEN_LAYERS',
  'DROPPED_LAYERS',
  'LORA_R',
];

/** Of the tuned keys that the trainer checks at the start: their choices, or their lowest and highest value. */
export function checkedAtStart(spaces: Readonly<Record<string, ParameterSpace>>): Record<string, ParameterValue[]> {
  return Object.fromEntries(
    OF_THE_MODEL.filter((key) => Object.hasOwn(spaces, key)).map((key) => {
      const { choices, min, max } = spaces[key]!;
      return [key, choices ?? [min!, max!]];
    }),
  );
}

/** Keys that nobody may tune, each with the reason that a person is told. */
export const PROTECTED_KEYS: Readonly<Record<string, string>> = {
  TASK: said`the task defines the score`,
  TRAINER: said`what is trained is what the run is about`,
  TRAINER_COMMAND: said`what is trained is what the run is about`,
  TRAINER_FILES: said`the data define the score`,
  METRIC: said`the metric defines the score`,
  CONSTRAINTS: said`what is admissible is set by a person alone`,
  GROUP_COLUMN: said`the splits define the score`,
  QUERY_PROMPT: said`texts are set by a person alone`,
  PASSAGE_PROMPT: said`texts are set by a person alone`,
  MINI_BATCH_SIZE: said`it does not change what is trained`,
  MATRYOSHKA_DIMS: said`it is a list`,
  LORA_TARGET_MODULES: said`it is a list`,
  LORA_MERGE: said`it does not change what is trained`,
  DATASET_NAME: said`the data define the score`,
  COLUMNS: said`the data define the score`,
  SCORE_RANGE: said`the data define the score`,
  STSB_TRAIN_SPLIT: said`the splits define the score`,
  STSB_DEV_SPLIT: said`the splits define the score`,
  STSB_TEST_SPLIT: said`the splits define the score`,
  SEED: said`another seed is another draw of the noise, not a better configuration`,
  EVAL_LOOKS: said`when the model is evaluated decides which score is kept`,
  EVAL_STRATEGY: said`when the model is evaluated decides which score is kept`,
  EVAL_BATCH_SIZE: said`evaluation must stay the same for all trials`,
  PRECISION: said`the number format must stay the same for all trials`,
  LOGGING_STEPS: said`it does not change what is trained`,
  SAVE_STRATEGY: said`it does not change what is trained`,
  SAVE_TOTAL_LIMIT: said`it does not change what is trained`,
  OUTPUT_DIR_ROOT: said`paths are set by a person alone`,
  STORE: said`paths are set by a person alone`,
  RUN_NAME_PREFIX: said`paths are set by a person alone`,
};

interface Reading {
  /** What may have been meant by an unknown name. */
  hint?: (key: string, names: readonly string[]) => string;
  /** Of an own training: keys of any name may be tuned. */
  plugin?: boolean;
  /** Default `sts`. */
  task?: Task;
}

/**
 * A dimension as it is written, with everything that is wrong with it; null stands for the key's default space, which an
 * own training's keys do not have. It must lie within what the key itself allows.
 */
export function readSpace(
  key: string,
  raw: unknown,
  { hint = () => '', plugin = false, task = 'sts' }: Reading = {},
): { space: ParameterSpace | null; problems: string[] } {
  const names = tunableNames();
  const refused = (problem: string) => ({ space: null, problems: [problem] });
  const allowed = plugin ? said`keys of your training` : names.join(', ');
  if (Object.hasOwn(PROTECTED_KEYS, key))
    return refused(said`${key} cannot be tuned: ${PROTECTED_KEYS[key]}; allowed: ${allowed}`);
  const known = names.includes(key);
  if (!known && !plugin) return refused(said`${key} is not a tunable key${hint(key, names)}; allowed: ${allowed}`);
  const name = keyName.safeParse(key);
  if (!name.success) return refused(said`${key.slice(0, 80)} is no name for a key; ${name.error.issues[0]!.message}`);
  const example = NEEDS_CHOICES[key] ?? (known ? show(DEFAULT_SPACES[key]) : EXAMPLE_SPACE);
  if (raw === null && key === 'LOSS' && task !== 'sts' && !plugin) return lossSpace(task);
  if (raw === null && Object.hasOwn(NEEDS_CHOICES, key))
    return refused(said`${key} has no usual choices, so they must be given; for example ${example}`);
  if (raw === null)
    return known
      ? { space: DEFAULT_SPACES[key]!, problems: [] }
      : refused(said`${key} is a key of your own training, so its range must be given; for example ${EXAMPLE_SPACE}`);
  const parsed = parameterSpaceSchema.safeParse(raw);
  if (!parsed.success) {
    const issues = parsed.error.issues.map(
      ({ path, message }) => `${path.length > 0 ? `${path.join('.')}: ` : ''}${message}`,
    );
    return refused(said`${key}: ${issues.join('; ')}; for example ${example}`);
  }
  if (!known) return { space: parsed.data, problems: [] };
  const schema = trainingConfigSchema.shape[key as TrainingKey];
  const edges = parsed.data.choices ?? [parsed.data.min!, parsed.data.max!];
  const impossible = edges.filter((edge) => !schema.safeParse(edge).success);
  return {
    space: parsed.data,
    problems: impossible.map(
      (edge) =>
        said`${key}: ${show(edge)} is not possible; allowed: ${allowedWords(schema)}${plugin ? keyOfTasks(key) : ''}`,
    ),
  };
}

/** The losses of a task that differ; the default space is that of `sts`. */
function lossSpace(task: Task): { space: ParameterSpace | null; problems: string[] } {
  const choices = lossesToTune(task);
  return choices.length > 1
    ? { space: { type: 'categorical', choices, scale: 'linear' }, problems: [] }
    : { space: null, problems: [said`LOSS cannot be tuned: TASK ${task} has only ${choices.join(', ')} to choose`] };
}

/** Names that TUNABLE_KEYS may list, of the trainer's own tasks. */
export const tunableNames = (): string[] => [...Object.keys(DEFAULT_SPACES), ...Object.keys(NEEDS_CHOICES)];

/** Why a key of an own training is held against a schema. */
export const keyOfTasks = (key: string): string =>
  said`; ${key} is a key of the tasks, too, and holds only what it may hold there: give your training's key another name, such as MY_${key}`;

const EXAMPLE_SPACE = '{type: float, min: 0.01, max: 100, scale: log}';

/** The allowed values in words, for prompts and messages: `a number from 1e-6 to 5e-4 (logarithmic)`. */
export function describeSpace(space: ParameterSpace): string {
  if (space.choices) return said`one of ${space.choices.join(', ')}`;
  const kind = space.type === 'int' ? said`a whole number` : said`a number`;
  return said`${kind} from ${space.min} to ${space.max}${space.scale === 'log' ? said` (logarithmic)` : ''}`;
}

/**
 * Says what is wrong with a value for a key, or null when it may be trained.
 *
 * Both the space and the schema of the configuration must allow it, since a person may write a space wider than the
 * schema.
 */
export function refuseValue(key: string, value: unknown, space: ParameterSpace): string | null {
  const allowed = said`allowed: ${describeSpace(space)}`;
  const given = JSON.stringify(value) ?? String(value);
  if (typeof value !== 'string' && typeof value !== 'number')
    return said`${key} = ${given} is not a ${space.type === 'categorical' ? said`choice` : said`number`}; ${allowed}`;
  if (space.choices) {
    if (!space.choices.includes(value)) return said`${key} = ${given} is not among the choices; ${allowed}`;
  } else {
    if (typeof value !== 'number' || !Number.isFinite(value))
      return said`${key} = ${given} is not a number; ${allowed}`;
    if (space.type === 'int' && !Number.isInteger(value))
      return said`${key} = ${given} is not a whole number; ${allowed}`;
    if (value < space.min! || value > space.max!) return said`${key} = ${given} is outside its range; ${allowed}`;
  }
  const schema = Object.hasOwn(trainingConfigSchema.shape, key) ? trainingConfigSchema.shape[key as TrainingKey] : null;
  const verdict = schema?.safeParse(value);
  if (verdict && !verdict.success)
    return `${key} = ${given}: ${verdict.error.issues[0]?.message ?? said`not allowed`}; ${allowed}`;
  return null;
}

/** The tunable values of a configuration, in the order of the space: what tells one trial from another within a run. */
export function tunableValues(
  config: TrainingConfig,
  spaces: Record<string, ParameterSpace>,
): Record<string, ParameterValue> {
  return Object.fromEntries(Object.keys(spaces).map((key) => [key, config[key as TrainingKey] as ParameterValue]));
}

/** Parameters in the order in which they usually matter for fine-tuning. */
const USUAL_ORDER: readonly string[] = [
  'LEARNING_RATE',
  'NUM_TRAIN_EPOCHS',
  'TRAIN_BATCH_SIZE',
  'WARMUP_RATIO',
  'LOSS',
  'LR_SCHEDULER',
  'WEIGHT_DECAY',
  'GRAD_ACC_STEPS',
];

/** Keys in the usual order; those that it does not know come last, as they are. */
export function usualOrder(keys: readonly string[]): string[] {
  const place = (key: string) => (USUAL_ORDER.includes(key) ? USUAL_ORDER.indexOf(key) : USUAL_ORDER.length);
  return keys.toSorted((a, b) => place(a) - place(b));
}
