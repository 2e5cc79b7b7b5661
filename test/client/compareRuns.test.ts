/** `compare`: from two records on the disk, without a server. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { compareStates } from '../../src/domain/comparison.ts';
import type { RunState } from '../../src/domain/runState.ts';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';
import { runLayout } from '../../src/training/layout.ts';
import { addTrial, keepOnDisk } from '../activities/stage.ts';
import { FACTS, run } from '../domain/runs.ts';

let folder: string;
let models: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'compare-'));
  models = path.join(folder, 'models');
  mkdirSync(models);
});
afterEach(() => rmSync(folder, { recursive: true }));

function compare(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const env = { ...process.env, TUNING_STATE_DIR: path.join(folder, 'state'), TUNING_OUTPUT_DIR_ROOT: models };
  return new Promise((resolve) =>
    execFile(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', 'src/client/main.ts', 'compare', ...args],
      { cwd: PROJECT_ROOT, env },
      (error, out, err) => resolve({ code: error ? Number(error.code) : 0, out, err }),
    ),
  );
}

async function ended(name: string, score: number, ...set: string[]): Promise<void> {
  const state: RunState = {
    ...run(`OUTPUT_DIR_ROOT=${models}`, ...set),
    run: name,
    status: 'completed',
    phase: 'ended',
    untouched: 0.55,
  };
  const disk = { folder, state, layout: runLayout(models, name) };
  addTrial(disk, 'default', 0.6, { purpose: 'baseline', key: null, values: { LEARNING_RATE: 2e-5 } });
  addTrial(disk, 'best', score, { values: { LEARNING_RATE: 1e-4 } });
  await keepOnDisk(state, `tuning-${name}`);
}

test('two runs side by side, with what differs marked', async () => {
  await ended('first', 0.7);
  await ended('second', 0.72, 'SEED=7', 'ROUNDS_PER_PARAM=5');
  const { code, out, err } = await compare('first', 'sec');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  for (const line of [
    /first +│ second/,
    /best \(dev\) +│ 0\.7000, trial 2 +│ 0\.7200, trial 2/,
    /best: LEARNING_RATE +│ 1e-4 +│ 1e-4/,
    /SEED \* +│ 42 +│ 7/,
    /ROUNDS_PER_PARAM \* +│ 3 +│ 5/,
    /compare them with care:\n {2}- another seed \(42 and 7\)/,
  ])
    expect(out).toMatch(line);
  expect(out).not.toContain('WEIGHT_DECAY');
  expect(existsSync(path.join(folder, 'state'))).toBe(false);
});

test('--json prints one object', async () => {
  await ended('first', 0.7);
  await ended('second', 0.72);
  expect(JSON.parse((await compare('first', 'second', '--json')).out)).toMatchObject({
    runs: [
      {
        run: 'first',
        default: 0.6,
        untouched: 0.55,
        best: { score: 0.7 },
        trainings: { scored: 2, failed: 0, ofOtherRuns: 0 },
      },
      { run: 'second', best: { score: 0.72, config: { LEARNING_RATE: 1e-4 } }, tokens: 0 },
    ],
    settings: [],
    comparable: { scores: 'yes', reasons: [] },
  });
});

test('a run without a record, or that is not there, is a clear line', async () => {
  await ended('first', 0.7);
  mkdirSync(runLayout(models, 'older').trials, { recursive: true });
  expect(await compare('first', 'older')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^older has no record in /),
  });
  expect(await compare('first', 'nobody')).toMatchObject({
    code: 2,
    err: expect.stringContaining('there is no run nobody'),
  });
});

describe('scores', () => {
  const state = (change: (facts: typeof FACTS) => void = () => {}, ...set: string[]): RunState => {
    const facts = structuredClone(FACTS);
    change(facts);
    return { ...run(...set), trainer: facts };
  };

  test.each<[string, RunState, 'yes' | 'with_care' | 'no', RegExp | null]>([
    ['of the same settings and rows', state(), 'yes', null],
    ['of other tuned settings', state(undefined, 'LEARNING_RATE=1e-4'), 'yes', null],
    [
      'of other rows',
      state((facts) => (facts.inspection.data.fingerprint = 'x'), 'STSB_DEV_SPLIT=validation[:50]'),
      'no',
      /other rows: sample/,
    ],
    [
      'of rows that changed under their name',
      state((facts) => (facts.inspection.data.fingerprint = 'x')),
      'no',
      /under the same name/,
    ],
    [
      'of another model',
      state((facts) => (facts.inspection.model.fingerprint = 'x')),
      'with_care',
      /another base model/,
    ],
    ['of more looks', state(undefined, 'EVAL_LOOKS=8'), 'with_care', /looks/],
    ['of another version', state((facts) => (facts.versions['torch'] = '3')), 'with_care', /torch 2 and 3/],
    ['of another machine', state((facts) => (facts.threads = 8)), 'with_care', /8 threads/],
    ['of a run that never looked at its data', { ...state(), trainer: null }, 'no', /before its data/],
  ])('%s', (_what, other, scores, reason) => {
    const { comparable } = compareStates(state(), other);
    expect(comparable.scores).toBe(scores);
    if (reason) expect(comparable.reasons.join()).toMatch(reason);
    else expect(comparable.reasons).toEqual([]);
  });

  test('of own trainings name the data that these use', () => {
    const own = (source: string): RunState => {
      const one = state((facts) => Object.assign(facts.inspection.data, { fingerprint: source, source }));
      return { ...one, config: { ...one.config, DEFAULT_CONFIG: { ...one.config.DEFAULT_CONFIG, TRAINER: 'x.py' } } };
    };
    const { reasons } = compareStates(own('data/yours'), own('data/mine')).comparable;
    expect(reasons).toEqual(['the data are other rows: data/yours and data/mine']);
  });
});
