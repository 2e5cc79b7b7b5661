/** A trial that another run has finished: taken over whole or not at all, and verified before. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { TrainRequest } from '../../src/domain/contract.ts';
import { trainTrialWith } from '../../src/activities/training.ts';
import type { TrialResult } from '../../src/domain/trials.ts';
import { indexFile } from '../../src/history/database.ts';
import { modelDigest } from '../../src/history/modelDigest.ts';
import { takeOver } from '../../src/history/takingOver.ts';
import { runLayout } from '../../src/training/layout.ts';
import type { RunLayout } from '../../src/training/layout.ts';
import type { TrainerProcess } from '../../src/training/trainerProcess.ts';
import { claim } from '../../src/training/trialDirectory.ts';
import { diskRun, putTrial, resultFile } from '../activities/stage.ts';
import type { DiskRun } from '../activities/stage.ts';

let disk: DiskRun;
let earlier: RunLayout;
let trained: string[];
beforeEach(() => {
  disk = diskRun();
  earlier = runLayout(disk.state.config.DEFAULT_CONFIG.OUTPUT_DIR_ROOT, 'earlier');
  trained = [];
});
afterEach(() => rmSync(disk.folder, { recursive: true }));

const model = (layout: RunLayout, trial = 'a') => path.join(layout.trial(trial), 'model');
const weights = (layout: RunLayout) => path.join(model(layout), 'model.safetensors');

/** A finished trial of another run, with the digest that its model has. */
async function finish(layout = earlier, score = 0.6, more: Record<string, unknown> = {}): Promise<void> {
  putTrial(layout, 'a', score);
  const digest = await modelDigest(model(layout));
  writeFileSync(
    path.join(layout.trial('a'), 'result.json'),
    JSON.stringify({ ...resultFile('a', score), model_digest: digest, cpu_seconds: 7, ...more }),
  );
}

const trainer = {
  hello: async () => {},
  request: async ({ trial }: { trial: string }) => {
    trained.push(trial);
    putTrial(disk.layout, trial, 0.7);
  },
} as unknown as TrainerProcess;

const train = (more: Partial<TrainRequest> = {}): Promise<TrialResult> =>
  new MockActivityEnvironment().run(trainTrialWith(trainer, 'here'), {
    run: disk.state.run,
    trial: 'a',
    number: 1,
    config: disk.state.config.DEFAULT_CONFIG,
    maxSeconds: null,
    hangSeconds: 60,
    retries: 0,
    reuse: true,
    ...more,
  });

describe('an identical trial of another run', () => {
  test('answers without a training, costs no seconds, and says whose it is', async () => {
    await finish();
    expect(await train()).toMatchObject({ score: 0.6, from: 'earlier', trainSeconds: 0, warnings: [] });
    expect(trained).toEqual([]);
    expect(readdirSync(disk.layout.trial('a')).sort()).toEqual(['model', 'result.json']);
    expect(await train({ reuse: false })).toMatchObject({ score: 0.6, from: 'earlier' });
    // Shared: one file under two names, or a clone of it.
    expect([1, 2]).toContain(statSync(weights(disk.layout)).nlink);
    expect(readFileSync(weights(disk.layout)).equals(readFileSync(weights(earlier)))).toBe(true);
  });

  test('is not looked for where trials are not to be reused', async () => {
    await finish();
    expect(await train({ reuse: false })).toMatchObject({ score: 0.7, from: null, trainSeconds: 8 });
    expect(trained).toEqual(['a']);
  });

  test('without its model is enough, unless the model is needed', async () => {
    await finish();
    rmSync(model(earlier), { recursive: true });
    expect(await train()).toMatchObject({ score: 0.6, from: 'earlier' });
    expect(existsSync(model(disk.layout))).toBe(false);
    expect(await train({ modelNeeded: true })).toMatchObject({ score: 0.7, from: null });
    expect(trained).toEqual(['a']);
  });

  test('gives its model to a run that has lost its own', async () => {
    await finish();
    await finish(disk.layout);
    rmSync(model(disk.layout), { recursive: true });
    expect(await train({ modelNeeded: true })).toMatchObject({ score: 0.6, from: 'earlier', warnings: [] });
    expect(existsSync(weights(disk.layout))).toBe(true);
    expect(trained).toEqual([]);
  });

  test('that took it over itself names the run that trained it', async () => {
    await finish(earlier, 0.6, { from: 'first-of-all' });
    expect(await train()).toMatchObject({ from: 'first-of-all' });
  });

  test('is looked for in the next run when the first does not verify', async () => {
    const other = runLayout(disk.state.config.DEFAULT_CONFIG.OUTPUT_DIR_ROOT, 'other');
    await finish(earlier, 0.5, { finished_at: '2026-02-01T00:00:00+00:00' });
    await finish(other, 0.6, { finished_at: '2026-01-01T00:00:00+00:00' });
    writeFileSync(weights(earlier), 'edited since');
    expect(await train()).toMatchObject({ score: 0.6, from: 'other' });
    expect(trained).toEqual([]);
  });

  test.each([
    ['whose model was changed', () => writeFileSync(weights(earlier), 'edited')],
    ['whose result is damaged', () => writeFileSync(path.join(earlier.trial('a'), 'result.json'), '{')],
    ['that was removed since it was indexed', () => rmSync(earlier.root, { recursive: true })],
  ])('%s is not taken', async (_what, damage) => {
    await finish();
    await train({ trial: 'b' });
    expect(existsSync(indexFile(disk.state.config.DEFAULT_CONFIG.OUTPUT_DIR_ROOT))).toBe(true);
    damage();
    expect(await train()).toMatchObject({ score: 0.7, from: null });
    expect(trained).toEqual(['b', 'a']);
    expect(readdirSync(disk.layout.trial('a')).filter((name) => name.endsWith('.new'))).toEqual([]);
  });

  test('is not answered when the history cannot be read: the run trains', async () => {
    await finish();
    mkdirSync(indexFile(disk.state.config.DEFAULT_CONFIG.OUTPUT_DIR_ROOT));
    expect(await train()).toMatchObject({ score: 0.7 });
  });
});

describe('taking over', () => {
  const here = () => ({ run: disk.state.run, layout: disk.layout });
  const there = () => ({ run: 'earlier', layout: earlier });

  test('killed before its end leaves a trial that is not done, and is done again whole', async () => {
    await finish();
    // What a process leaves that dies just before the result: the claim, half a model that was staged, a whole one in place.
    const ours = disk.layout.trial('a');
    await claim(ours, 'of the dead');
    mkdirSync(path.join(ours, 'model.new'));
    writeFileSync(path.join(ours, 'model.new', 'half'), 'half');
    mkdirSync(path.join(ours, 'model'));
    writeFileSync(path.join(ours, 'model', 'stale'), 'of another attempt');
    expect(await train()).toMatchObject({ score: 0.6, from: 'earlier' });
    expect(readdirSync(ours).sort()).toEqual(['model', 'result.json']);
    expect(await modelDigest(model(disk.layout))).toBe(await modelDigest(model(earlier)));
  });

  test('killed before its end, with the other run gone since, is trained', async () => {
    await finish();
    const ours = disk.layout.trial('a');
    await claim(ours, 'of the dead');
    mkdirSync(path.join(ours, 'model'));
    rmSync(earlier.root, { recursive: true });
    expect(await train()).toMatchObject({ score: 0.7, from: null });
  });

  test('twice at once ends with one whole trial', async () => {
    await finish();
    // Each fences the one before; none may leave a trial that counts as done and is not whole.
    await Promise.allSettled([1, 2, 3].map(() => takeOver('a', there(), here())));
    expect(await train()).toMatchObject({ score: 0.6, from: 'earlier' });
    expect(await modelDigest(model(disk.layout))).toBe(await modelDigest(model(earlier)));
    expect(trained).toEqual([]);
  });

  test('leaves the other run as it was, also when its own copy is changed', async () => {
    await finish();
    await takeOver('a', there(), here());
    writeFileSync(path.join(model(disk.layout), 'README.md'), 'edited');
    rmSync(path.join(model(disk.layout), 'model.safetensors'));
    expect(readFileSync(path.join(model(earlier), 'README.md'), 'utf8')).toBe('the trial');
    expect(existsSync(weights(earlier))).toBe(true);
  });
});

test("a model's digest is the trainer's", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'digest-'));
  try {
    for (const [name, text] of Object.entries({
      '1_Pooling/config.json': '{}',
      '1_Pooling-x/a': 'x',
      'modules.json': '[]',
      Upper: 'B',
      '.hidden': '',
    })) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), text);
    }
    // By `digest_of_folder` of trainer/src/tuning_trainer/files.py.
    expect(await modelDigest(folder)).toBe('1267cf3dba4a1a6b11e1f9447b2e0e69f970e79d3cfc40ca0e61bf5cf68b817d');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
