/** What a run leaves on the disk: the published model, the record, no checkpoint; and disks that refuse. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { diskFailure } from '../../src/activities/diskFailures.ts';
import { publishModelWith, salvageRunWith } from '../../src/activities/publishing.ts';
import { modelsOfLosers } from '../../src/domain/keptModels.ts';
import { readRunRecord, runFolders } from '../../src/training/runRecord.ts';
import { addTrial, diskRun, keepOnDisk } from './stage.ts';
import type { DiskRun } from './stage.ts';

let disk: DiskRun;
beforeEach(() => {
  disk = diskRun();
  addTrial(disk, 'default', 0.5, { purpose: 'baseline', key: null });
  addTrial(disk, 'loser', 0.4);
  addTrial(disk, 'winner', 0.6);
});
afterEach(() => rmSync(disk.folder, { recursive: true }));

const doing = <T>(activity: (request: { state: DiskRun['state'] }) => Promise<T>): Promise<T> =>
  new MockActivityEnvironment().run(activity, { state: disk.state }) as Promise<T>;
/** Where the trainer says that the base model lies. */
const elsewhere = async (): Promise<string> => path.join(disk.folder, 'elsewhere');
const [publishModel, salvageRun] = [publishModelWith(elsewhere), salvageRunWith(elsewhere)];
const weights = (folder: string) => path.join(folder, 'model.safetensors');

describe('the published model', () => {
  test("takes no second room for its weights, and has a card of its own; the trial's folder stays as it was", async () => {
    await doing(publishModel);
    const trials = path.join(disk.layout.trial('winner'), 'model');
    const [own, published] = [statSync(weights(trials)), statSync(weights(disk.layout.bestModel))];
    // On a file system with clones the files are two that share their blocks; here one of both must hold.
    expect(published.ino === own.ino || published.nlink === 1).toBe(true);
    expect(readFileSync(weights(disk.layout.bestModel)).equals(readFileSync(weights(trials)))).toBe(true);
    expect(readFileSync(path.join(trials, 'README.md'), 'utf8')).toBe('the trial');
    expect(readFileSync(path.join(disk.layout.bestModel, 'README.md'), 'utf8')).toContain('winner');
    expect(existsSync(path.join(trials, 'tuning.json'))).toBe(false);
    expect(existsSync(path.join(disk.layout.bestModel, '1_Pooling', 'config.json'))).toBe(true);
    expect(path.resolve(disk.folder, readlinkSync(disk.layout.newestBestModel))).toBe(disk.layout.bestModel);
  });

  test('is linked on this kind of file system: the weights exist once', async () => {
    await doing(publishModel);
    await doing(publishModel);
    expect(statSync(weights(path.join(disk.layout.trial('winner'), 'model'))).nlink).toBe(2);
    expect(readdirSync(disk.layout.root).sort()).toEqual(['best_overall_model', 'trials']);
  });

  test('of many runs that end at once is published for each, and one of them is the newest', async () => {
    const runs = Array.from({ length: 40 }, (_, index) => `run-${index}`);
    for (const run of runs)
      cpSync(disk.layout.root, path.join(path.dirname(disk.layout.root), run), { recursive: true });
    await Promise.all(
      runs.map((run) => new MockActivityEnvironment().run(publishModel, { state: { ...disk.state, run } })),
    );
    expect(existsSync(path.join(disk.layout.newestBestModel, 'modules.json'))).toBe(true);
    expect(readdirSync(disk.folder).filter((name) => name.endsWith('.new'))).toEqual([]);
  });

  test('an edit of a small file does not reach the trial', async () => {
    await doing(publishModel);
    await appendFile(path.join(disk.layout.bestModel, 'modules.json'), 'edited');
    expect(await readFile(path.join(disk.layout.trial('winner'), 'model', 'modules.json'), 'utf8')).toBe('[]');
  });
});

describe('the model that the run decided on', () => {
  const why = { zh: '未确认', en: 'Held-out data do not confirm it.' };
  const card = () => readFileSync(path.join(disk.layout.bestModel, 'README.md'), 'utf8');
  const tuning = () => JSON.parse(readFileSync(path.join(disk.layout.bestModel, 'tuning.json'), 'utf8'));

  test('is the default where the winner is not confirmed; the winner keeps its own', async () => {
    disk.state.published = { what: 'baseline', why };
    await doing(publishModel);
    expect(readFileSync(weights(disk.layout.bestModel)).includes('default')).toBe(true);
    expect(card()).toMatch(/Held-out data do not confirm it\.[^]*This is the default configuration's model/);
    expect(tuning()).toMatchObject({ trial: 'default', score: 0.5, published: { what: 'baseline' } });
    expect(existsSync(path.join(disk.layout.trial('winner'), 'model'))).toBe(true);
    expect(existsSync(path.join(disk.layout.trial('loser'), 'model'))).toBe(false);
  });

  /** A base model as the hub's cache has it: links to blobs, beside what the hub's client keeps for itself. */
  function baseModel(): string {
    const [folder, blobs] = ['base', 'blobs'].map((name) => path.join(disk.folder, name)) as [string, string];
    mkdirSync(path.join(folder, '1_Pooling'), { recursive: true });
    mkdirSync(path.join(folder, '.cache'));
    mkdirSync(blobs);
    writeFileSync(path.join(blobs, 'weights'), Buffer.alloc(2 * 1024 * 1024, 'untouched'));
    symlinkSync(path.join(blobs, 'weights'), path.join(folder, 'model.safetensors'));
    writeFileSync(path.join(folder, '1_Pooling', 'config.json'), '{}');
    writeFileSync(path.join(folder, 'README.md'), 'the base model');
    const { inspection } = disk.state.trainer!;
    const model = { ...inspection.model, path: folder };
    disk.state.trainer = { ...disk.state.trainer!, inspection: { ...inspection, model } };
    disk.state.published = { what: 'untouched', why };
    disk.state.untouched = 0.66;
    return blobs;
  }

  test("is the untouched model's own files, a copy that no edit leads back from", async () => {
    const blobs = baseModel();
    await doing(publishModel);
    await doing(publishModel);
    const published = path.join(disk.layout.bestModel, 'model.safetensors');
    expect(readFileSync(published).equals(readFileSync(path.join(blobs, 'weights')))).toBe(true);
    await appendFile(published, 'edited');
    expect(statSync(path.join(blobs, 'weights')).size).toBe(2 * 1024 * 1024);
    expect(readdirSync(disk.layout.bestModel).sort()).toEqual([
      '1_Pooling',
      'README.md',
      'model.safetensors',
      'tuning.json',
    ]);
    expect(card()).toContain('as it came: no training was shown to improve it');
    expect(tuning()).toMatchObject({ trial: null, score: 0.66, config: null, published: { what: 'untouched' } });
  });

  test("is another machine's copy of the base model where that of the run's check is not at hand", async () => {
    baseModel();
    await rename(path.join(disk.folder, 'base'), path.join(disk.folder, 'elsewhere'));
    await doing(publishModel);
    expect(readFileSync(weights(disk.layout.bestModel)).length).toBeGreaterThan(0);
  });
});

describe('a run that cannot go on', () => {
  const halfTrained = () => {
    const dir = disk.layout.trial('half');
    mkdirSync(path.join(dir, 'checkpoints', 'checkpoint-5'), { recursive: true });
    writeFileSync(path.join(dir, 'lock.json'), '{}');
  };

  test('publishes the best it has, and leaves no checkpoint and no lock', async () => {
    halfTrained();
    expect(await doing(salvageRun)).toEqual({ path: path.join(disk.layout.root, 'best_overall_model') });
    expect(existsSync(weights(disk.layout.bestModel))).toBe(true);
    expect(readFileSync(path.join(disk.layout.bestModel, 'README.md'), 'utf8')).toMatch(
      /\*\*Not confirmed on held-out data[^]*This is the tuned model/,
    );
    expect(readdirSync(disk.layout.trial('half'))).toEqual([]);
    expect(existsSync(path.join(disk.layout.trial('loser'), 'model'))).toBe(false);
  });

  test('without a model, or with one on another machine, publishes none', async () => {
    halfTrained();
    rmSync(path.join(disk.layout.trial('winner'), 'model'), { recursive: true });
    expect(await doing(salvageRun)).toEqual({ path: null });
    disk.state.incumbent = null;
    expect(await doing(salvageRun)).toEqual({ path: null });
    expect(readdirSync(disk.layout.trial('half'))).toEqual([]);
  });

  test('that never wrote anything has nothing to tidy', async () => {
    rmSync(disk.layout.root, { recursive: true });
    expect(await doing(salvageRun)).toEqual({ path: null });
  });
});

describe("a run's record", () => {
  const root = () => disk.state.config.DEFAULT_CONFIG.OUTPUT_DIR_ROOT;

  test('is the whole state, read back as it was written', async () => {
    await keepOnDisk(disk.state, 'tuning-x');
    const record = await readRunRecord(root(), disk.state.run);
    expect(record).toMatchObject({ workflowId: 'tuning-x', state: disk.state });
    expect(readdirSync(disk.layout.root).filter((name) => name.startsWith('run.json'))).toEqual(['run.json']);
  });

  test.each(['', '{"v":1', '{"v":2}', '[]', 'null', '{"v":1,"workflowId":"x","savedAt":"x","state":{}}'])(
    '%j is no record, and the folder is a run all the same',
    async (text) => {
      writeFileSync(disk.layout.record, text);
      expect(await readRunRecord(root(), disk.state.run)).toBeNull();
      expect(await runFolders(root())).toEqual([{ run: disk.state.run, record: null }]);
    },
  );

  test('of a run whose folder was moved is found where it is', async () => {
    await keepOnDisk(disk.state, 'tuning-x');
    const moved = path.join(disk.folder, 'elsewhere');
    mkdirSync(moved);
    await import('node:fs/promises').then(({ rename }) => rename(disk.layout.root, path.join(moved, disk.state.run)));
    const [found] = await runFolders(moved);
    expect(found!.record!.state.config.DEFAULT_CONFIG.OUTPUT_DIR_ROOT).toBe(moved);
  });
});

describe('losers', () => {
  test('are all but default and incumbent; with `all` nobody', () => {
    expect(modelsOfLosers(disk.state)).toEqual(['loser']);
    disk.state.config.AGENT_SETTINGS.KEEP_TRIAL_MODELS = 'all';
    expect(modelsOfLosers(disk.state)).toEqual([]);
  });

  test('a confirmation with a seed keeps its models until that seed is scored', () => {
    addTrial(disk, 'seeded', 0.55, { purpose: 'confirmation', seed: 43 });
    expect(modelsOfLosers(disk.state)).toEqual(['loser']);
    const scores = { split: 'test', pairs: 1, baseline: 0, best: 0, difference: null };
    disk.state.confirmation = { ...scores, seeds: [{ seed: 43, baseline: 0, best: 0 }] };
    expect(modelsOfLosers(disk.state)).toEqual(['loser', 'seeded']);
  });
});

describe('a disk that refuses', () => {
  const failing = (work: () => Promise<unknown>): Promise<unknown> =>
    work().then(
      () => null,
      (error: unknown) => diskFailure(error),
    );

  test('that is full is a typed failure at once', async () => {
    expect(await failing(() => writeFile('/dev/full', 'x'))).toMatchObject({
      type: 'disk',
      nonRetryable: true,
      message: expect.stringContaining('the disk is full'),
    });
  });

  test('with something in the way is one too', async () => {
    const file = path.join(disk.folder, 'file');
    await writeFile(file, '');
    expect(await failing(() => mkdir(path.join(file, 'trials'), { recursive: true }))).toMatchObject({ type: 'disk' });
  });

  test.each(['EACCES', 'EROFS', 'EIO', 'EDQUOT'])('%s is one too', (code) => {
    expect(diskFailure(Object.assign(new Error(code), { code, syscall: 'open' }))).toMatchObject({ type: 'disk' });
  });

  test('other errors, and those of sockets and processes, are not', () => {
    const error = (code: string, syscall: string) => Object.assign(new Error(code), { code, syscall });
    expect(diskFailure(error('ENOENT', 'open'))).toBeNull();
    expect(diskFailure(error('EACCES', 'connect'))).toBeNull();
    expect(diskFailure(error('EACCES', 'spawn python'))).toBeNull();
    expect(diskFailure(new Error('x'))).toBeNull();
    expect(diskFailure(undefined)).toBeNull();
  });
});
