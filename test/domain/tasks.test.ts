/** Tasks: this side's facts are the trainer's, and settings that a task does not have are refused with the reason. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { impossibleCombinations } from '../../src/domain/combinations.ts';
import { metricOf } from '../../src/domain/metric.ts';
import type { ParameterSpace } from '../../src/domain/parameterSpace.ts';
import { readSpace, refuseValue } from '../../src/domain/searchSpace.ts';
import { LOSSES, TASKS, TASK_FACTS } from '../../src/domain/tasks.ts';
import type { Task } from '../../src/domain/tasks.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import type { TrainingConfig } from '../../src/domain/trainingConfig.ts';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';

const SAY = `
import json
from tuning_trainer.tasks import TASKS
print(json.dumps({name: {
    "columns": [column.name for column in task.columns if column.required],
    "optional": [column.name for column in task.columns if not column.required],
    "losses": list(task.losses),
    "metric": task.metric,
    "sample": task.sample,
} for name, task in TASKS.items()}))
`;

test("the trainer's tasks have the same names, columns, losses and scores, and bundled data", () => {
  const python = path.join(PROJECT_ROOT, '.venv/bin/python');
  const env = { ...process.env, PYTHONPATH: path.join(PROJECT_ROOT, 'trainer/src') };
  const said = JSON.parse(execFileSync(python, ['-c', SAY], { encoding: 'utf8', env })) as Record<
    string,
    { sample: string }
  >;
  const plugin = { TRAINER: null, TRAINER_COMMAND: null, METRIC: null };
  expect(Object.keys(said).toSorted()).toEqual([...TASKS].toSorted());
  for (const task of TASKS) {
    const { sample, ...facts } = said[task]!;
    expect({ task, ...facts }).toEqual({
      task,
      ...TASK_FACTS[task],
      metric: metricOf({ TASK: task, ...plugin }).name,
    });
    expect(existsSync(path.join(PROJECT_ROOT, 'data', sample, 'validation.csv'))).toBe(true);
  }
  expect(LOSSES.toSorted()).toEqual([...new Set(TASKS.flatMap((task) => TASK_FACTS[task].losses))].toSorted());
});

test.each(TASKS)('the defaults of %s go together', (task) => {
  const config = resolveConfig({ set: [`TASK=${task}`] });
  expect(config.DEFAULT_CONFIG.TASK).toBe(task);
  expect(TASK_FACTS[task].losses).toContain(config.DEFAULT_CONFIG.LOSS);
});

const problemsOf = (task: Task, change: Partial<TrainingConfig>, spaces: Record<string, ParameterSpace> = {}) => {
  const { DEFAULT_CONFIG, AGENT_SETTINGS } = resolveConfig({ set: [`TASK=${task}`] });
  return impossibleCombinations({ ...DEFAULT_CONFIG, ...change }, AGENT_SETTINGS, spaces).map(
    ({ section, key, message }) => `${section}.${key}: ${message}`,
  );
};
const losses = (...choices: string[]): Record<string, ParameterSpace> => ({
  LOSS: { type: 'categorical', choices, scale: 'linear' },
});

test.each<[Task, Partial<TrainingConfig>, string]>([
  [
    'sts',
    { HARD_NEGATIVES: 3 },
    'HARD_NEGATIVES: has no effect: TASK sts does not have it, only retrieval; set it to 0',
  ],
  ['triplet', { HARD_NEGATIVES: 1 }, 'HARD_NEGATIVES: has no effect: TASK triplet does not have it'],
  [
    'reranker',
    { MATRYOSHKA_DIMS: [64] },
    'MATRYOSHKA_DIMS: has no effect: TASK reranker does not have it, only retrieval, triplet; set it to null',
  ],
  ['reranker', { PASSAGE_PROMPT: 'x' }, 'PASSAGE_PROMPT: has no effect: TASK reranker does not have it'],
  [
    'sts',
    { QUERY_PROMPT: 'x' },
    'QUERY_PROMPT: has no effect: TASK sts does not have it, only retrieval, triplet, reranker; set it to ""',
  ],
  [
    'sts',
    { LOSS: 'cosine', LOSS_SCALE: 20 },
    'LOSS_SCALE: has no effect: LOSS cosine does not have it, only cosent, angle, mnrl, cached_mnrl; set it to null',
  ],
  [
    'retrieval',
    { MINI_BATCH_SIZE: 8 },
    'MINI_BATCH_SIZE: has no effect: LOSS mnrl does not have it, only cached_mnrl; set it to null',
  ],
  ['retrieval', { LOSS: 'cosent' }, 'LOSS: cosent is no loss of TASK retrieval; allowed: mnrl, cached_mnrl'],
  [
    'triplet',
    { COLUMNS: { anchor: 'a', positive: 'b' } },
    'COLUMNS: lacks negative; the columns of TASK triplet: anchor, positive, negative',
  ],
])('%s with %j is refused with the reason', (task, change, said) => {
  expect(problemsOf(task, change)).toEqual([expect.stringContaining(`DEFAULT_CONFIG.${said}`)]);
});

test('settings that a task has are taken', () => {
  const all = {
    LOSS: 'cached_mnrl',
    MINI_BATCH_SIZE: 8,
    LOSS_SCALE: 30,
    HARD_NEGATIVES: 2,
    MATRYOSHKA_DIMS: [64],
  } as const;
  expect(
    problemsOf('retrieval', { ...all, MATRYOSHKA_DIMS: [64], QUERY_PROMPT: 'q: ', PASSAGE_PROMPT: 'p: ' }),
  ).toEqual([]);
  expect(problemsOf('reranker', { QUERY_PROMPT: 'q: ', LOSS: 'lambda' })).toEqual([]);
  // Under one of the losses that are tried it has an effect.
  expect(problemsOf('triplet', { LOSS: 'triplet', LOSS_SCALE: 30 }, losses('triplet', 'mnrl'))).toEqual([]);
});

test.each<[Task, Record<string, ParameterSpace>, string]>([
  [
    'sts',
    { HARD_NEGATIVES: { type: 'int', choices: [0, 1], scale: 'linear' } },
    'HARD_NEGATIVES: cannot be tuned: it has no effect, since TASK sts does not have it',
  ],
  [
    'pair_class',
    { LOSS_SCALE: { type: 'float', min: 5, max: 80, scale: 'log' } },
    'LOSS_SCALE: cannot be tuned: it has no effect, since LOSS online_contrastive does not have it',
  ],
  ['reranker', losses('bce', 'cosent'), 'LOSS: choices: cosent is no loss of TASK reranker; allowed: bce, mse, lambda'],
  ['triplet', losses('mnrl', 'cached_mnrl', 'triplet'), 'LOSS: choices: mnrl and cached_mnrl have the same gradients'],
])('%s does not tune %j', (task, spaces, said) => {
  expect(problemsOf(task, {}, spaces)).toEqual([expect.stringContaining(`TUNABLE_KEYS.${said}`)]);
});

test('LOSS without choices has those of its task', () => {
  expect(readSpace('LOSS', null, { task: 'reranker' }).space?.choices).toEqual(['bce', 'mse', 'lambda']);
  expect(readSpace('LOSS', null, { task: 'triplet' }).space?.choices).toEqual(['mnrl', 'triplet']);
  expect(readSpace('LOSS', null).space?.choices).toEqual(['cosent', 'cosine']);
  expect(readSpace('LOSS', null, { task: 'retrieval' }).problems).toEqual([
    'LOSS cannot be tuned: TASK retrieval has only mnrl to choose',
  ]);
});

test.each(['constructor', 'valueOf'])('the range of %s is no range, and the example is one', (key) => {
  expect(readSpace(key, 'x', { plugin: true }).problems).toEqual([
    expect.stringMatching(new RegExp(`^${key} is no name for a key; it is a word of JavaScript`)),
  ]);
  expect(readSpace('MY_KEY', 'x', { plugin: true }).problems).toEqual([
    expect.stringMatching(/^MY_KEY: .*; for example \{type: float, min: 0.01/),
  ]);
});

test.each([...TASKS])('the defaults of %s lie in its spaces, so that its search has where to begin', (task) => {
  const { DEFAULT_CONFIG: config, TUNABLE_KEYS: spaces } = resolveConfig({ set: [`TASK=${task}`] });
  const values = config as unknown as Record<string, unknown>;
  expect(
    Object.entries(spaces).flatMap(
      ([key, space]) => (key in values ? refuseValue(key, values[key], space) : key) ?? [],
    ),
  ).toEqual([]);
});

test.each(['LOSS_SCALE', 'MAX_SEQ_LENGTH', 'POOLING'])('%s is tuned from a value, not from null', (key) => {
  expect(() => resolveConfig({ set: [`TUNABLE_KEYS=[LEARNING_RATE, ${key}]`] })).toThrow(
    new RegExp(`${key} is tuned and needs a default in DEFAULT_CONFIG, such as ${key}: `),
  );
});
