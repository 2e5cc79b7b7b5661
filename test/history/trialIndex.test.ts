/** The index of all runs' trials: made from their folders, and whatever happens to it, never in the way. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { indexFile } from '../../src/history/database.ts';
import { forgetRun, rememberTrial, runsOfModel, runsWithTrial } from '../../src/history/trialIndex.ts';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';
import { runLayout } from '../../src/training/layout.ts';
import { addTrial, keepOnDisk, putTrial } from '../activities/stage.ts';
import { run } from '../domain/runs.ts';

let folder: string;
let models: string;
let told: string[];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'index-'));
  models = path.join(folder, 'models');
  mkdirSync(models);
  told = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const warn = (message: string): void => void told.push(message);
const layout = (name: string) => runLayout(models, name);
const withTrial = (trial: string, than = 'mine') => runsWithTrial(models, than, trial, warn);
const rows = (): Record<string, unknown>[] => {
  const index = new DatabaseSync(indexFile(models));
  try {
    return index.prepare('SELECT * FROM trials ORDER BY run, trial').all();
  } finally {
    index.close();
  }
};
/** A run with a record and one trial. */
async function ended(name: string, trial: string): Promise<void> {
  const state = { ...run(`OUTPUT_DIR_ROOT=${models}`), run: name };
  addTrial({ folder, state, layout: layout(name) }, trial, 0.6, { purpose: 'baseline', key: null });
  await keepOnDisk(state, `tuning-${name}`);
}

test('knows every finished trial of every run but the one that asks', async () => {
  await ended('first', 'a');
  putTrial(layout('second'), 'a', 0.6);
  putTrial(layout('mine'), 'a', 0.6);
  expect((await withTrial('a')).sort()).toEqual(['first', 'second']);
  expect(await withTrial('b')).toEqual([]);
  expect(rows()).toMatchObject([
    { run: 'first', trial: 'a', score: 0.6, seconds: 8, has_model: 1, data_fingerprint: 'data', trained_by: 'first' },
    { run: 'mine', data_fingerprint: null },
    { run: 'second', data_fingerprint: null },
  ]);
  expect(await runsOfModel(models, 'mine', 'weights', warn)).toEqual(['first']);
  expect(told).toEqual([]);
});

test('runs whose model is still there come first', async () => {
  for (const name of ['one', 'two']) putTrial(layout(name), 'a', 0.6);
  rmSync(path.join(layout('one').trial('a'), 'model'), { recursive: true });
  expect(await withTrial('a')).toEqual(['two', 'one']);
});

test('a trial that ends later is added by its own activity; an unfinished or damaged one is not', async () => {
  putTrial(layout('first'), 'a', 0.6);
  mkdirSync(layout('first').trial('b'));
  mkdirSync(layout('first').trial('c'));
  writeFileSync(path.join(layout('first').trial('c'), 'result.json'), '{"v":1');
  expect(await withTrial('b')).toEqual([]);
  // The list of the run's trials stays as it was.
  putTrial(layout('first'), 'b', 0.7);
  await rememberTrial(models, 'first', 'b', warn);
  await rememberTrial(models, 'first', 'c', warn);
  expect(await withTrial('b')).toEqual(['first']);
  expect(await withTrial('c')).toEqual([]);
});

test('a removed run goes, whoever removes it', async () => {
  for (const name of ['one', 'two']) await ended(name, 'a');
  expect(await withTrial('a')).toHaveLength(2);
  await forgetRun(models, 'one', warn);
  expect(rows()).toMatchObject([{ run: 'two' }]);
  rmSync(layout('one').root, { recursive: true });
  rmSync(layout('two').root, { recursive: true });
  expect(await withTrial('a')).toEqual([]);
  expect(rows()).toEqual([]);
});

describe('an index', () => {
  beforeEach(() => ended('first', 'a'));

  test('that was deleted is made anew', async () => {
    await withTrial('a');
    rmSync(indexFile(models));
    expect(await withTrial('a')).toEqual(['first']);
    expect(told).toEqual([]);
  });

  test.each([
    ['is no database', (file: string) => writeFileSync(file, 'x'.repeat(5000))],
    [
      'is torn',
      (file: string) => {
        const whole = readFileSync(file);
        writeFileSync(file, Buffer.concat([whole.subarray(0, 4096), Buffer.alloc(whole.length - 4096, 7)]));
      },
    ],
    [
      'lacks a table',
      (file: string) => {
        const index = new DatabaseSync(file);
        index.exec('DROP TABLE trials');
        index.close();
      },
    ],
  ])('that %s is made anew, and that is told', async (_what, damage) => {
    await withTrial('a');
    damage(indexFile(models));
    expect(await withTrial('a')).toEqual(['first']);
    expect(told).toEqual([expect.stringMatching(/damaged .* made anew/)]);
    expect(await withTrial('a')).toEqual(['first']);
    expect(told).toHaveLength(1);
  });

  test('of another release is made anew', async () => {
    const index = new DatabaseSync(indexFile(models));
    index.exec('CREATE TABLE trials (something TEXT); PRAGMA user_version = 99');
    index.close();
    expect(await withTrial('a')).toEqual(['first']);
    expect(told).toEqual([]);
  });

  test('that another process holds for too long is left out, and that is told', async () => {
    await withTrial('a');
    const other = new DatabaseSync(indexFile(models));
    other.exec('BEGIN EXCLUSIVE');
    try {
      expect(await withTrial('a')).toEqual([]);
      await rememberTrial(models, 'first', 'a', warn);
    } finally {
      other.close();
    }
    expect(told).toEqual([expect.stringMatching(/left out: .*locked/), expect.stringMatching(/left out: .*locked/)]);
  });

  test('with a folder in its place is left out, and that is told', async () => {
    mkdirSync(indexFile(models));
    expect(await withTrial('a')).toEqual([]);
    expect(told).toEqual([expect.stringContaining('left out')]);
  });

  test('is not made where there are no runs', async () => {
    rmSync(models, { recursive: true });
    expect(await withTrial('a')).toEqual([]);
    expect(existsSync(models)).toBe(false);
    mkdirSync(models);
  });

  test('holds nothing of the settings that a run has beside its trainings', async () => {
    await withTrial('a');
    const text = readFileSync(indexFile(models)).toString('latin1');
    expect(text).not.toContain('GPT_');
  });
});

test('several processes may fill and read it at once, also when it is damaged meanwhile', async () => {
  for (let number = 0; number < 6; number += 1) await ended(`run-${number}`, 'a');
  writeFileSync(indexFile(models), 'damaged');
  const script = `
    const { runsWithTrial } = await import('./src/history/trialIndex.ts');
    for (let times = 0; times < 5; times += 1) {
      const found = await runsWithTrial(${JSON.stringify(models)}, 'mine', 'a', () => {});
      if (times === 4) console.log(found.length);
    }`;
  const answers = await Promise.all(
    [1, 2, 3, 4].map(() =>
      promisify(execFile)(
        process.execPath,
        ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script],
        {
          cwd: PROJECT_ROOT,
        },
      ),
    ),
  );
  expect(answers.map(({ stdout }) => Number(stdout))).toEqual([6, 6, 6, 6]);
});
