import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ConfigError } from '../../src/config/configError.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';
import { configJsonSchema } from '../../src/config/jsonSchema.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(text: string): string {
  const name = path.join(folder, 'my.yaml');
  writeFileSync(name, text);
  return name;
}

const pairsOf = (set: string[]) => set.map((entry) => entry.split(/=(.*)/).slice(0, 2) as [string, string]);
const asEnvironment = (set: string[]) =>
  Object.fromEntries(pairsOf(set).map(([key, value]) => [`TUNING_${key}`, value]));
const asFile = (set: string[]) =>
  file(
    `DEFAULT_CONFIG:\n${pairsOf(set)
      .map(([key, value]) => `  ${key}: "${value}"\n`)
      .join('')}`,
  );

function problems(sources: Parameters<typeof resolveConfig>[0]): string {
  try {
    resolveConfig(sources);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
}

describe('resolving a configuration', () => {
  test('the later layer wins: --set over environment over --config over the defaults', () => {
    const mine = file('DEFAULT_CONFIG:\n  SEED: 1\n  LEARNING_RATE: 1e-5\n  TRAIN_BATCH_SIZE: 4\n');
    const { DEFAULT_CONFIG } = resolveConfig({
      file: mine,
      environment: { TUNING_SEED: '2', TUNING_LEARNING_RATE: '3e-5' },
      set: ['SEED=3'],
    });
    expect([
      DEFAULT_CONFIG.SEED,
      DEFAULT_CONFIG.LEARNING_RATE,
      DEFAULT_CONFIG.TRAIN_BATCH_SIZE,
      DEFAULT_CONFIG.WARMUP_RATIO,
    ]).toEqual([3, 3e-5, 4, 0.1]);
  });

  test.each([
    [['DATASET_NAME=my.csv'], ['train', 'validation', 'test']],
    [
      ['DATASET_NAME=my.csv', 'STSB_TRAIN_SPLIT=train[:50%]'],
      ['train[:50%]', 'validation', 'test'],
    ],
    [
      ['DATASET_NAME=hub:me/mine', 'STSB_TEST_SPLIT=none'],
      ['train', 'validation', 'none'],
    ],
    [['DATASET_NAME=stsb'], ['train[:200]', 'validation[:100]', 'test']],
    [['DATASET_NAME=sample'], ['train[:200]', 'validation[:100]', 'test']],
  ])('own data are used whole where nobody names slices: %j', (set, splits) => {
    for (const sources of [{ set }, { environment: asEnvironment(set) }, { file: asFile(set) }]) {
      const { DEFAULT_CONFIG: config } = resolveConfig(sources);
      expect([config.STSB_TRAIN_SPLIT, config.STSB_DEV_SPLIT, config.STSB_TEST_SPLIT]).toEqual(splits);
    }
  });

  test('TUNABLE_KEYS may be a list of names, and replaces the default list whole', () => {
    expect(resolveConfig({ set: ['TUNABLE_KEYS=[LOSS, LEARNING_RATE]'] }).TUNABLE_KEYS).toEqual({
      LOSS: expect.objectContaining({ choices: ['cosent', 'cosine'] }),
      LEARNING_RATE: expect.objectContaining({ scale: 'log' }),
    });
  });

  test('the ranges that the default file shows are those that a bare name stands for', () => {
    const { TUNABLE_KEYS } = resolveConfig({});
    expect(resolveConfig({ set: [`TUNABLE_KEYS=[${Object.keys(TUNABLE_KEYS).join(', ')}]`] }).TUNABLE_KEYS).toEqual(
      TUNABLE_KEYS,
    );
  });

  test.each([
    ['LEARNIN_RATE=3', 'LEARNIN_RATE is not a known key; did you mean LEARNING_RATE?'],
    ['LEARNING_RATE=-1', 'LEARNING_RATE = -1 is not possible; allowed: a number above 0 to 1'],
    ['LEARNING_RATE=fast', 'LEARNING_RATE = "fast" is not possible'],
    ['WARMUP_RATIO=1', 'WARMUP_RATIO = 1 is not possible; allowed: a number from 0 below 1'],
    ['EVAL_STRATEGY=sometimes', 'allowed: one of steps, epoch, no'],
    ['SEED=1.5', 'SEED = 1.5 is not possible'],
    ['TRAINING_SLOTS=many', 'allowed: auto, or a whole number from 1 to 64'],
    ['SEARCH=random', 'allowed: one of by_parameter, adaptive, free'],
    ['TUNABLE_KEYS=[EVAL_LOOKS]', 'EVAL_LOOKS cannot be tuned'],
    ['STSB_DEV_SPLIT=train[:200]', 'a score on rows that were trained on means nothing'],
    ['STSB_DEV_SPLIT=validation[50:50]', 'is empty'],
    ['TUNABLE_KEYS=[SEED]', 'SEED cannot be tuned'],
    ['TUNABLE_KEYS=[DATASET_NAME]', 'the data define the score'],
    ['TUNABLE_KEYS=[EVAL_STEPS, LOSS]', 'EVAL_STEPS: has no effect with EVAL_STRATEGY no; allowed: steps'],
    ['TUNABLE_KEYS=[SAVE_STEPS]', 'SAVE_STEPS: cannot change a score, so there is nothing to search'],
    ['TUNABLE_KEYS=[BASE_MODEL]', 'BASE_MODEL has no usual choices, so they must be given; for example {type:'],
    ['TUNABLE_KEYS=[SAVE_STRATEGY]', 'SAVE_STRATEGY cannot be tuned: it does not change what is trained'],
    ['TUNABLE_KEYS=[]', 'must list at least one key'],
    ['TUNABLE_KEYS={LEARNING_RATE: {type: float, min: 1, max: 0.1}}', 'min 1 must be below max 0.1'],
    ['TUNABLE_KEYS={WARMUP_RATIO: {type: float, min: 0, max: 2}}', 'WARMUP_RATIO: 2 is not possible'],
    ['GPT_BASE_URL=ftp://x', 'GPT_BASE_URL'],
    ['MAX_COST_USD=1', 'needs GPT_PRICE_INPUT and GPT_PRICE_OUTPUT'],
    ['RUN_NAME_PREFIX=../up', 'RUN_NAME_PREFIX'],
    [
      'STORE=s3://key:word@bucket/runs',
      'STORE = "s3://[secret]@bucket/runs" is not possible: allowed: null, a folder, or s3:',
    ],
    [
      'STORE=s3://Bucket',
      'STORE = "s3://Bucket" is not possible: allowed: null, a folder, or s3://bucket/prefix without keys',
    ],
    ['STORE=s3://bucket/a/../b', 'is not possible: allowed: null, a folder'],
    ['STORE=https://bucket.example.org', 'is not possible: allowed: null, a folder'],
    ['STORE=12', 'STORE = 12 is not possible'],
    ['STORE=models', 'STORE: models is OUTPUT_DIR_ROOT itself, and what it keeps would be lost with it'],
    ['STORE=models/x/store', 'STORE: models/x/store lies in OUTPUT_DIR_ROOT (models)'],
    ['TUNABLE_KEYS=[STORE]', 'STORE cannot be tuned: paths are set by a person alone'],
    ['nonsense', 'must be KEY=VALUE'],
  ])('--set %s is refused with the reason', (assignment, message) => {
    expect(problems({ set: [assignment] })).toContain(message);
    expect(problems({ set: [assignment] })).toContain('--set');
  });

  test.each([null, 's3://my-bucket', 's3://my.bucket/team-a/runs', '/srv/store', 'store', '../models-store'])(
    'a store may be %s',
    (store) => expect(resolveConfig({ set: [`STORE=${store}`] }).DEFAULT_CONFIG.STORE).toBe(store),
  );

  test('checkpoints fall on evaluations, where both are made by steps; auto writes them when they are worth it', () => {
    const message = 'SAVE_STEPS: 70 is not a multiple of EVAL_STEPS (50)';
    expect(problems({ set: ['EVAL_STRATEGY=steps', 'SAVE_STEPS=70'] })).toContain(message);
    expect(resolveConfig({ set: ['EVAL_STRATEGY=no', 'SAVE_STEPS=70'] }).DEFAULT_CONFIG.SAVE_STEPS).toBe(70);
    expect(resolveConfig({ set: ['EVAL_STRATEGY=steps'] }).DEFAULT_CONFIG.SAVE_STEPS).toBe('auto');
    expect(problems({ set: ['SAVE_STEPS=often'] })).toContain('SAVE_STEPS = "often" is not possible');
  });

  test('evaluations may be listed where all trainings are looked at equally often, and need not divide checkpoints then', () => {
    const listed = ['TUNABLE_KEYS=[EVAL_STEPS, SAVE_STEPS, LOSS]', 'EVAL_STRATEGY=steps', 'SAVE_STEPS=70'];
    expect(Object.keys(resolveConfig({ set: listed }).TUNABLE_KEYS)).toEqual(['EVAL_STEPS', 'SAVE_STEPS', 'LOSS']);
    expect(problems({ set: [...listed, 'EVAL_LOOKS=null'] })).toContain(
      'EVAL_STEPS: would decide how often a training is looked at, and with that its score; set EVAL_LOOKS',
    );
    expect(problems({ set: [...listed, 'SAVE_STRATEGY=epoch'] })).toContain(
      'SAVE_STEPS: has no effect with SAVE_STRATEGY',
    );
  });

  test('what has no effect without LoRA is told, and an adapter alone belongs to a base model that exists', () => {
    expect(problems({ set: ['LORA_DROPOUT=0.1'] })).toContain('LORA_DROPOUT: has no effect without LoRA adapters');
    expect(problems({ file: file('TUNABLE_KEYS: [LEARNING_RATE, LORA_ALPHA]') })).toMatch(
      /my\.yaml:1: LORA_ALPHA: has no effect without LoRA adapters, so it is tuned only where every training has them/,
    );
    expect(problems({ set: ['LORA_R=8', 'TUNABLE_KEYS=[LORA_R, LORA_ALPHA]'] })).toContain(
      'leave 0 out of its choices',
    );
    const ranks = 'TUNABLE_KEYS={LORA_R: {type: int, choices: [4, 8]}, LORA_ALPHA: null}';
    expect(Object.keys(resolveConfig({ set: ['LORA_R=8', ranks] }).TUNABLE_KEYS)).toEqual(['LORA_R', 'LORA_ALPHA']);
    expect(resolveConfig({ set: ['LORA_ALPHA=32', 'TUNABLE_KEYS=[LORA_R]'] }).DEFAULT_CONFIG.LORA_R).toBe(0);
    expect(resolveConfig({ set: ['LORA_R=8', 'LORA_MERGE=false'] }).DEFAULT_CONFIG.LORA_MERGE).toBe(false);
    expect(problems({ set: ['LORA_R=8', 'LORA_MERGE=false', 'DROPPED_LAYERS=1'] })).toContain(
      'LORA_MERGE: false does not go with DROPPED_LAYERS',
    );
  });

  test('without a held-out split there is nothing to confirm, and the defaults do not stand in the way', () => {
    const { AGENT_SETTINGS, DEFAULT_CONFIG } = resolveConfig({ set: ['STSB_TEST_SPLIT=none'] });
    expect([AGENT_SETTINGS.CONFIRM_SEEDS, DEFAULT_CONFIG.STSB_TEST_SPLIT]).toEqual([2, 'none']);
  });

  test('a problem in a file names file and line, and all problems are told at once', () => {
    const text = problems({ file: file('DEFAULT_CONFIG:\n  SEED: x\n  LERNING_RATE: 1\nAGENT_SETTING:\n  A: 1\n') });
    expect(text).toMatch(/my\.yaml:2: SEED = "x"/);
    expect(text).toMatch(/my\.yaml:3: LERNING_RATE is not a known key; did you mean LEARNING_RATE\?/);
    expect(text).toMatch(/my\.yaml:4: AGENT_SETTING is not a section; did you mean AGENT_SETTINGS\?/);
  });

  test('a problem with what is very long names its place, what is wrong and what is allowed', () => {
    const text = problems({ file: file(`? [a]: ${'x'.repeat(5000)}\n`) });
    expect(text).toMatch(
      /my\.yaml:1: \{.*x…x+"\} is not a section; allowed: DEFAULT_CONFIG, TUNABLE_KEYS, AGENT_SETTINGS$/,
    );
    expect(text.length).toBeLessThanOrEqual(1500);
  });

  test.each([
    ['a: [1', 'not valid YAML'],
    ['- 1\n- 2\n', 'must hold the sections'],
    ['DEFAULT_CONFIG: 3\n', 'must be a section of keys'],
    ['DEFAULT_CONFIG:\n  SEED: 1\n  SEED: 2\n', 'not valid YAML'],
    ['DEFAULT_CONFIG:\n  ROUNDS_PER_PARAM: 2\n', 'belongs under AGENT_SETTINGS'],
  ])('the file %j is refused', (text, message) => {
    expect(problems({ file: file(text) })).toContain(message);
  });

  describe('of an own training', () => {
    const OWN = 'DEFAULT_CONFIG:\n  TRAINER: my.py\n  C: 1\n  kernel: rbf\n  shrink: true\n  depth: null\n';
    const KEYS = 'TUNABLE_KEYS:\n  C: {type: float, min: 0.01, max: 100, scale: log}\n';

    test('has keys of any name, which environment and --set change, wherever the layers name it', () => {
      const { DEFAULT_CONFIG, TUNABLE_KEYS } = resolveConfig({
        file: file(`${OWN}${KEYS}`),
        set: ['C=0.5', 'extra=2'],
        environment: { TUNING_kernel: 'linear', TUNING_QUEUES: 'team-a' },
      });
      expect(DEFAULT_CONFIG).toMatchObject({ C: 0.5, kernel: 'linear', shrink: true, depth: null, extra: 2, SEED: 42 });
      expect(DEFAULT_CONFIG).not.toHaveProperty('QUEUES');
      expect(Object.keys(TUNABLE_KEYS)).toEqual(['C']);
      const bySet = ['TRAINER_COMMAND=[./train]', 'C=3', 'TUNABLE_KEYS={C: {type: int, min: 1, max: 9}}'];
      expect(resolveConfig({ set: bySet }).DEFAULT_CONFIG).toMatchObject({ C: 3, TRAINER_COMMAND: ['./train'] });
    });

    test('may count tokens, name a tokenizer, and say where a secret lies', () => {
      const text = `${OWN}  SEQ_TOKENS: 9\n  TOKENIZER: bert\n  API_KEY_FILE: /run/key\n  API_KEY: null\n${KEYS}`;
      expect(resolveConfig({ file: file(text) }).DEFAULT_CONFIG).toMatchObject({ SEQ_TOKENS: 9, TOKENIZER: 'bert' });
      expect(problems({ file: file(text), set: ['API_KEY=hunter-2'] })).toMatch(/^--set: API_KEY sounds like a secret/);
    });

    test('is resolved again as it was', () => {
      const config = resolveConfig({ file: file(`${OWN}${KEYS}`) });
      const of = { run: 'tune-1', config };
      expect(resolveConfig({ of, set: ['C=2'] })).toEqual({
        ...config,
        DEFAULT_CONFIG: { ...config.DEFAULT_CONFIG, C: 2 },
      });
    });

    test.each([
      ['without its own list', OWN, /TUNABLE_KEYS is missing: an own training lists its own keys with their ranges/],
      [
        'whose key has no range',
        `${OWN}TUNABLE_KEYS: [C]\n`,
        /my.yaml:7: C is a key of your own training, so its range must be given/,
      ],
      [
        'whose tuned key has no default',
        `${OWN}TUNABLE_KEYS:\n  gamma: {type: float, min: 0, max: 1}\n`,
        /gamma is tuned and needs a default in DEFAULT_CONFIG, such as gamma: 0/,
      ],
      [
        'whose default lies outside',
        `${OWN.replace('C: 1', 'C: 500')}${KEYS}`,
        /my.yaml:3: the default C = 500 is outside its range; allowed: a number from 0.01 to 100/,
      ],
      [
        'that tunes a switch',
        `${OWN}TUNABLE_KEYS:\n  shrink: {type: categorical, choices: [true, false]}\n`,
        /choices.0: must be a text or a number; for a switch, 0 and 1/,
      ],
      [
        'that tunes what is protected',
        `${OWN}TUNABLE_KEYS:\n  SEED: {type: int, min: 1, max: 3}\n`,
        /SEED cannot be tuned/,
      ],
      [
        'with a list for a value',
        `${OWN}  layers: [1, 2]\n${KEYS}`,
        /my.yaml:7: layers = \[1,2\] is not possible; allowed: a text, a number, true, false or null/,
      ],
      [
        'with a name that is none',
        `${OWN}  my-key: 1\n${KEYS}`,
        /my.yaml:7: my-key is no name for a key; allowed: 1 to 64 letters/,
      ],
      [
        'with a name that every object has',
        `${OWN}  valueOf: 1\n${KEYS}`,
        /my.yaml:7: valueOf is no name for a key; it is a word of JavaScript/,
      ],
      [
        'with a secret',
        `${OWN}  MY_API_KEY: hunter-2-hunter\n${KEYS}`,
        /^(?!.*hunter-2).*my.yaml:7: MY_API_KEY sounds like a secret.*a file that your training reads by itself \(MY_API_KEY_FILE may/s,
      ],
      [
        'with a key of the tasks that holds what it cannot',
        `${OWN}  LOSS: hinge\n${KEYS}`,
        /my.yaml:7: LOSS = "?hinge"? .*; LOSS is a key of the tasks, too.*such as MY_LOSS/,
      ],
      [
        'that tunes a key of the tasks outside its schema',
        `${OWN}TUNABLE_KEYS:\n  LEARNING_RATE: {type: float, min: 1, max: 5}\n`,
        /LEARNING_RATE: 5 is not possible; allowed: .*; LEARNING_RATE is a key of the tasks, too/,
      ],
      ['with a setting of the agent', `${OWN}  ADVISER: local\n${KEYS}`, /ADVISER belongs under AGENT_SETTINGS/],
      ['and a task', `${OWN}  TRAINER_COMMAND: [x]\n${KEYS}`, /TRAINER_COMMAND: excludes TRAINER/],
    ])('%s is refused', (_name, text, message) => {
      expect(problems({ file: file(text) })).toMatch(message);
    });

    test('only: without it a free key is a misspelt one', () => {
      expect(problems({ set: ['LERNING_RATE=1'] })).toContain('did you mean LEARNING_RATE?');
      expect(problems({ file: file('DEFAULT_CONFIG:\n  C: 1\n') })).toContain('C is not a known key');
    });
  });

  test.each([
    ['TASK: sts', 'TASK: retrieval', /^\S+defaults.yaml:\d+: TASK: .*set TASK in a file of your own .*TUNING_TASK$/],
    [
      'DATASET_NAME: sample',
      'DATASET_NAME: mine.csv',
      /^\S+defaults.yaml:\d+: DATASET_NAME: own data would be cut [^\n]*$/,
    ],
  ])('the defaults themselves cannot say %s otherwise, and one line says where to', (before, after, message) => {
    const text = readFileSync(path.join(PROJECT_ROOT, 'config', 'default.yaml'), 'utf8');
    const defaults = path.join(folder, 'defaults.yaml');
    writeFileSync(defaults, text.replace(`  ${before}\n`, `  ${after}\n`));
    expect(problems({ defaults })).toMatch(message);
    expect(resolveConfig({ defaults, set: [after.replace(': ', '=')] }).DEFAULT_CONFIG).toMatchObject({
      [after.split(':')[0]!]: after.split(': ')[1],
    });
  });

  test('own data may be named in the defaults with slices of their own', () => {
    const text = readFileSync(path.join(PROJECT_ROOT, 'config', 'default.yaml'), 'utf8');
    const defaults = path.join(folder, 'defaults.yaml');
    writeFileSync(
      defaults,
      text.replace('  DATASET_NAME: sample\n', '  DATASET_NAME: mine.csv\n').replace('train[:200]', 'train[:2000]'),
    );
    expect(resolveConfig({ defaults }).DEFAULT_CONFIG.STSB_TRAIN_SPLIT).toBe('train[:2000]');
  });

  test('a missing file is named', () => {
    expect(problems({ file: path.join(folder, 'none.yaml') })).toContain('none.yaml: there is no such file');
  });

  test('the JSON Schema for editors is the one that the code gives', () => {
    expect(JSON.parse(readFileSync(path.join(PROJECT_ROOT, 'config', 'schema.json'), 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(configJsonSchema())),
    );
  });
});
