/** `new-tuning`: what it asks, what it writes, and that what it wrote works. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { readCommand, readKey, readSeconds } from '../../src/client/newTuning/answers.ts';
import { newTuning } from '../../src/client/newTuning/newTuning.ts';
import type { NewTuningOptions } from '../../src/client/newTuning/newTuning.ts';
import type { Asker } from '../../src/client/newTuning/ask.ts';
import { resolveConfig } from '../../src/config/resolve.ts';

let folder: string;
let told: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'new-tuning-'));
  told = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    told += String(text);
    return true;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const make = (options: Partial<NewTuningOptions>, asker?: Asker): Promise<number> =>
  newTuning({ key: [], ...options }, { from: folder, ...(asker ? { asker } : {}) });
const file = (name: string): string => path.join(folder, name);

describe('a key as it is typed', () => {
  test.each([
    ['C=1 in 0.01..100 log', { name: 'C', value: 1, space: { type: 'float', min: 0.01, max: 100, scale: 'log' } }],
    ['depth = 3 in 1..8', { name: 'depth', value: 3, space: { type: 'int', min: 1, max: 8, scale: 'linear' } }],
    [
      'trees=1e2 in 10..1e3',
      { name: 'trees', value: 100, space: { type: 'float', min: 10, max: 1000, scale: 'linear' } },
    ],
    ['depth=3 of 1, 2,3', { name: 'depth', value: 3, space: { type: 'int', choices: [1, 2, 3], scale: 'linear' } }],
    ['rate=.5 of .5,1', { name: 'rate', value: 0.5, space: { type: 'float', choices: [0.5, 1], scale: 'linear' } }],
    [
      'kernel=rbf of rbf,linear',
      { name: 'kernel', value: 'rbf', space: { type: 'categorical', choices: ['rbf', 'linear'], scale: 'linear' } },
    ],
  ])('%s', (text, key) => expect(readKey(text)).toEqual(key));

  test.each([
    ['C', /is no key with a range; allowed: NAME=DEFAULT in LOW\.\.HIGH/],
    ['C=1 in low..high', /is no range of numbers/],
    ['C=1 of 1', /needs two choices or more/],
    ['1C=1 of 1,2', /starting with a letter/],
  ])('%s is refused', (text, why) => expect(() => readKey(text)).toThrow(why));

  test('times and commands are read as a person writes them', () => {
    expect(['30', '30s', '1.5m', '2h'].map(readSeconds)).toEqual([30, 30, 90, 7200]);
    expect(() => readSeconds('soon')).toThrow('allowed: 30s, 5m, 2h');
    expect(readCommand(`node "my train.mjs" 'a b' --x`)).toEqual(['node', 'my train.mjs', 'a b', '--x']);
  });
});

describe('what is written', () => {
  const FUNCTION = {
    trains: 'function',
    file: 'fit.py',
    key: ['C=1 in 0.01..100 log', 'kernel=rbf of rbf,linear', 'lambda=1 in 1..3'],
    metric: 'log_loss',
    direction: 'minimize',
    takes: '30s',
  };

  test('for a Python function: a YAML that resolves, and a training with its keys', async () => {
    await make(FUNCTION);
    const { DEFAULT_CONFIG, TUNABLE_KEYS, AGENT_SETTINGS } = resolveConfig({ file: file('fit.yaml') });
    expect(DEFAULT_CONFIG).toMatchObject({
      TRAINER: file('fit.py'),
      METRIC: { name: 'log_loss', direction: 'minimize', unit: null },
      C: 1,
      kernel: 'rbf',
    });
    expect(TUNABLE_KEYS['C']).toEqual({ type: 'float', min: 0.01, max: 100, scale: 'log' });
    expect(AGENT_SETTINGS).toMatchObject({ MAX_TRIAL_SECONDS: 300, ROUNDS_PER_PARAM: 4 });
    expect(told).toContain(`npm run start-run -- --config ${file('fit.yaml')}`);
    expect(told).toMatch(/At most 19 trainings, about 10 min/);
    expect(told).toContain(`npm run test:trainer -- --config ${file('fit.yaml')}`);
    const starter = readFileSync(file('fit.py'), 'utf8');
    expect(starter).toContain('RANGES = {"C": [0.01, 100, "log"], "lambda": [1, 3, "linear"]}');
    expect(starter).toContain('CHOICES = {"kernel": ["rbf", "linear"]}');
    expect(starter).toContain('return its log_loss (lower is better) on dev rows');
    expect(starter).not.toMatch(/\{\{|\}\}/);
  });

  test('a file that is there is used, and never written over', async () => {
    writeFileSync(file('fit.py'), '# mine\n');
    await make(FUNCTION);
    expect(readFileSync(file('fit.py'), 'utf8')).toBe('# mine\n');
    await expect(make(FUNCTION)).rejects.toThrow('is there already: --force writes over it');
    await make({ ...FUNCTION, force: true, takes: '1h' });
    expect(resolveConfig({ file: file('fit.yaml') }).AGENT_SETTINGS).toMatchObject({ ROUNDS_PER_PARAM: 2 });
  });

  test('for a command: its own file is found from anywhere', async () => {
    writeFileSync(file('train.mjs'), '');
    const command = { ...FUNCTION, trains: 'command', command: 'node ./train.mjs --fast', file: undefined };
    await make({ ...command, out: 'mine.yml' } as Partial<NewTuningOptions>);
    const { DEFAULT_CONFIG } = resolveConfig({ file: file('mine.yml') });
    expect(DEFAULT_CONFIG.TRAINER_COMMAND).toEqual(['node', file('train.mjs'), '--fast']);
    expect(DEFAULT_CONFIG.TRAINER).toBeNull();
  });

  test('for a command without its program: one to start from, where the person stands, and other words untouched', async () => {
    const command = { ...FUNCTION, trains: 'command', command: 'node train.mjs --model org/name', file: undefined };
    await make(command as Partial<NewTuningOptions>);
    const { TRAINER_COMMAND } = resolveConfig({ file: file('tuning.yaml') }).DEFAULT_CONFIG;
    expect(TRAINER_COMMAND).toEqual(['node', file('train.mjs'), '--model', 'org/name']);
    expect(readFileSync(file('train.mjs'), 'utf8')).toContain('const CHOICES = {"kernel": ["rbf", "linear"]};');
    expect(told).toContain(`${file('train.mjs')} (a training to start from)`);
  });

  test.each(['bash train.sh', './train --fast'])('%s: what is not there yet is told', async (words) => {
    await make({ ...FUNCTION, trains: 'command', command: words, file: undefined } as Partial<NewTuningOptions>);
    const program = file(words.includes('.sh') ? 'train.sh' : 'train');
    expect(existsSync(program)).toBe(false);
    expect(told).toContain(`${program} is not there yet: what it must answer is in docs/plugins.md`);
    expect(told).not.toContain('a training to start from');
  });

  test('for a task: its data, with the defaults of the task', async () => {
    await make({ trains: 'task', task: 'sts', file: 'sample', takes: '10s' });
    expect(resolveConfig({ file: file('sts.yaml') }).DEFAULT_CONFIG).toMatchObject({
      TASK: 'sts',
      DATASET_NAME: 'sample',
    });
  });

  test('a range that does not hold its default is told, as start-run would', async () => {
    await expect(make({ ...FUNCTION, key: ['C=500 in 1..2'] })).rejects.toThrow(
      /the default C = 500 is outside its range/,
    );
  });
});

describe('what is asked', () => {
  test('is what the flags left open: five questions, keys until there are no more', async () => {
    const asked: string[] = [];
    const answers = ['function', 'ask.py', 'C=1 in 1..9', 'bad', 'D=2 of 1,2', '', 'rmse', 'minimize', '2m'];
    const next = (question: string, check?: (text: string) => string | true): string => {
      asked.push(question);
      const answer = answers.shift()!;
      // A terminal asks again until it can be used.
      return check && check(answer) !== true ? next(question, check) : answer;
    };
    await make(
      {},
      { choose: async (question) => next(question), text: async (question, check) => next(question, check) },
    );
    expect(answers).toEqual([]);
    expect(asked[0]).toBe('What is trained?');
    const { TUNABLE_KEYS, DEFAULT_CONFIG } = resolveConfig({ file: file('ask.yaml') });
    expect(Object.keys(TUNABLE_KEYS)).toEqual(['C', 'D']);
    expect(DEFAULT_CONFIG.METRIC).toMatchObject({ name: 'rmse', direction: 'minimize' });
  });

  test.each<[Partial<NewTuningOptions>, RegExp]>([
    [{}, /What is trained\? There is no terminal to ask at/],
    [{ trains: 'model' }, /--trains model: allowed: task, function, command/],
    [{ trains: 'function', file: 'a.js' }, /--file a\.js: allowed: a Python file/],
    [{ trains: 'function', file: 'a.py', key: ['C=1 of 1,2', 'C=1 of 1,2'] }, /C is given twice/],
    [{ trains: 'task', task: 'sts', file: 'sample', takes: '1s', out: 'x.txt' }, /must be a YAML file/],
  ])('and nothing is written for %j', async (options, why) => {
    await expect(make(options)).rejects.toThrow(why);
    expect(['a.py', 'a.yaml', 'sts.yaml', 'x.txt'].some((name) => existsSync(file(name)))).toBe(false);
  });
});
