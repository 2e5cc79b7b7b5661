/** Runs that the server has forgotten, or that are to be removed: the commands themselves, on folders of their own. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import type { WorkflowBundle } from '@temporalio/worker';
import { keepRecord } from '../../src/activities/reporting.ts';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';
import { CORRELATION } from '../../src/domain/metric.ts';
import { commandIn, endedRunIn, modelsIn } from './onDisk.ts';
import { currentBundle, developmentServer, gateOf, withRun } from '../temporal/stage.ts';

let folder: string;
let models: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'runs-'));
  models = modelsIn(folder);
  mkdirSync(models);
});
afterEach(() => rmSync(folder, { recursive: true }));

const command = (args: string[], environment?: Record<string, string>) => commandIn(folder, args, environment);
const endedRun = (name: string, score: number, ...set: string[]) => endedRunIn(folder, name, score, ...set);

/** Runs that are left; the index of trials (`.index.sqlite`) is none. */
const left = () =>
  readdirSync(models)
    .filter((name) => !name.startsWith('.'))
    .sort();

describe('a run that the server has forgotten, with the stack down', () => {
  beforeEach(() => endedRun('tune-20260102-030405', 0.6));

  test('is listed, shown and reported, and nothing is started', async () => {
    const listed = await command(['runs', '--json']);
    expect(listed).toMatchObject({ code: 0, err: expect.stringContaining('the local stack is down') });
    expect(JSON.parse(listed.out)).toEqual([
      {
        run: 'tune-20260102-030405',
        status: 'completed',
        tuning: 'completed',
        best: 0.6,
        started: '2026-01-02T03:04:05.000Z',
        bytes: expect.any(Number),
        metric: CORRELATION,
      },
    ]);
    const shown = await command(['show', 'tune-2026', '--json']);
    expect(JSON.parse(shown.out)).toMatchObject({ status: 'completed', best: { score: 0.6 }, webUi: null });
    expect(JSON.parse(shown.out).bytes).toBe(JSON.parse(listed.out)[0].bytes);
    const reported = await command(['report']);
    expect(reported.code).toBe(0);
    expect(existsSync(path.resolve(PROJECT_ROOT, reported.out.trim()))).toBe(true);
    expect(existsSync(path.join(folder, 'state'))).toBe(false);
  });

  test('cannot be followed or decided, and the refusal says where it is', async () => {
    for (const args of [
      ['attach', 'tune-2026'],
      ['decide', 'tune-2026', 'continue'],
    ]) {
      const { code, err } = await command(args);
      expect([code, err]).toEqual([1, expect.stringMatching(/has ended \(completed\).*npm run show -- tune-2026/)]);
    }
  });

  test('takes the room of its weights once', async () => {
    const { bytes } = JSON.parse((await command(['show', '--json'])).out) as { bytes: number };
    expect(bytes).toBeGreaterThan(2 * 1024 * 1024);
    expect(bytes).toBeLessThan(3 * 1024 * 1024);
  });

  test('is counted by status', async () => {
    const { out } = await command(['status', '--json']);
    expect(JSON.parse(out)).toMatchObject({ up: false, disk: { runs: 1, runBytes: expect.any(Number) } });
  });
});

describe('remove', () => {
  beforeEach(() => endedRun('tune-a', 0.6));
  const newest = () => path.join(folder, 'best_overall_model');

  test('says first what would go, and takes it with --yes, best_overall_model included', async () => {
    const dry = await command(['remove', 'tune-a']);
    expect(dry.out).toMatch(/tune-a.*2\.\d MB[\s\S]*best_overall_model points to tune-a.*\nNothing was removed/);
    expect(left()).toEqual(['tune-a']);
    const { out } = await command(['remove', 'tune-a', '--yes']);
    expect(out).toMatch(/best_overall_model pointed to tune-a: it is gone too\nRemoved: 1 run/);
    expect(left()).toEqual([]);
    expect(readdirSync(folder)).toEqual(['models']);
  });

  test('leaves a best_overall_model of another run', async () => {
    await endedRun('tune-b', 0.5);
    await command(['remove', 'tune-a', '--yes']);
    expect(existsSync(path.join(newest(), 'modules.json'))).toBe(true);
  });

  test('follows no link out of the folder, neither in a run nor in its place', async () => {
    const outside = path.join(folder, 'outside');
    mkdirSync(outside);
    writeFileSync(path.join(outside, 'precious'), '');
    symlinkSync(outside, path.join(models, 'tune-a', 'link'), 'dir');
    symlinkSync(outside, path.join(models, 'tune-link'), 'dir');
    expect(await command(['remove', 'tune-link', '--yes', '--force'])).toMatchObject({ code: 2 });
    await command(['remove', 'tune-a', '--yes']);
    expect(readdirSync(outside)).toEqual(['precious']);
    expect(left()).toEqual(['tune-link']);
  });

  test('takes no run of which nobody knows whether it has ended, but for --force', async () => {
    rmSync(path.join(models, 'tune-a', 'run.json'));
    const refused = await command(['remove', 'tune-a', '--yes']);
    expect([refused.code, refused.err]).toEqual([1, expect.stringMatching(/cannot be told: it has no record/)]);
    expect(await command(['remove', 'tune-a', '--yes', '--force'])).toMatchObject({ code: 0 });
    expect(left()).toEqual([]);
  });

  test('finishes what an earlier removal left', async () => {
    mkdirSync(path.join(models, '.removing-tune-old', 'trials'), { recursive: true });
    await command(['remove', 'tune-a', '--yes']);
    expect(left()).toEqual([]);
  });
});

describe('remove, of a run with a store', () => {
  const store = () => path.join(folder, 'store');

  test('takes it from there too, and from nowhere while the store cannot be reached', async () => {
    mkdirSync(store());
    await endedRun('tune-a', 0.6, `STORE=${store()}`);
    await endedRun('tune-b', 0.6, `STORE=${store()}`);
    expect(readdirSync(store()).sort()).toEqual(['tune-a', 'tune-b']);
    renameSync(store(), `${store()}-elsewhere`);
    const { code, err } = await command(['remove', 'tune-a', '--yes']);
    expect([code, err]).toEqual([1, expect.stringMatching(/tune-a is still in the store, and stays here until/)]);
    expect(left()).toEqual(['tune-a', 'tune-b']);
    renameSync(`${store()}-elsewhere`, store());
    await command(['remove', 'tune-a', '--yes']);
    expect([left(), readdirSync(store())]).toEqual([['tune-b'], ['tune-b']]);
  });
});

describe('prune', () => {
  beforeEach(async () => {
    await endedRun('tune-a', 0.6);
    await endedRun('tune-b', 0.8);
    await endedRun('tune-c', 0.7);
  });

  test('keeps the best, after a dry run', async () => {
    expect((await command(['prune', '--keep-best', '1'])).out).toContain('Nothing was removed. With --yes: 2 runs');
    expect(left()).toEqual(['tune-a', 'tune-b', 'tune-c']);
    const { out } = await command(['prune', '--keep-best', '1', '--yes', '--json']);
    expect((JSON.parse(out) as { run: string }[]).map((row) => row.run).sort()).toEqual(['tune-a', 'tune-c']);
    expect(left()).toEqual(['tune-b']);
  });

  test('leaves runs that ended since, and those that nobody knows to have ended', async () => {
    expect((await command(['prune', '--older-than', '1h', '--yes'])).out).toContain('No run is to be removed');
    rmSync(path.join(models, 'tune-a', 'run.json'));
    const { err } = await command(['prune', '--older-than', '0h', '--yes']);
    expect(err).toMatch(/left: whether tune-a has ended cannot be told/);
    expect(left()).toEqual(['tune-a']);
  });

  test.each([
    [[], 'say which runs may go'],
    [['--older-than', '30'], 'must be a number with h, d or w'],
    [['--keep-best', '-1'], 'must be a whole number'],
    [['--keep-best', '1e3'], 'must be a whole number'],
  ])('refuses %j', async (args, why) => {
    const { code, err } = await command(['prune', ...args, '--yes']);
    expect([code, err]).toEqual([2, expect.stringContaining(why)]);
    expect(left()).toHaveLength(3);
  });
});

/** A server takes half a minute to delete what it was told to. */
const DELETES_AT_ONCE = ['transfer', 'visibility'].flatMap((queue) => [
  '--dynamic-config-value',
  `history.${queue}ProcessorEnsureCloseBeforeDelete=false`,
]);

describe('with a server', () => {
  let server: TestWorkflowEnvironment;
  let workflowBundle: WorkflowBundle;
  beforeAll(async () => {
    Runtime.install({ logger: new DefaultLogger('ERROR') });
    [server, workflowBundle] = await Promise.all([developmentServer({ extraArgs: DELETES_AT_ONCE }), currentBundle()]);
  });
  afterAll(() => server?.teardown());
  const there = () => ({ TEMPORAL_ADDRESS: server.address, TEMPORAL_NAMESPACE: 'default' });

  test('a run in progress is refused; when it has ended it goes from the server too, every continued part of it', async () => {
    await withRun(
      server,
      workflowBundle,
      ['INTERACTIVE_MODE=true', 'ROUNDS_PER_PARAM=1', `OUTPUT_DIR_ROOT=${models}`],
      async (handle) => {
        await gateOf(handle, 'LEARNING_RATE/end');
        const name = handle.workflowId.slice('tuning-'.length);
        const refused = await command(['remove', name, '--yes', '--force'], there());
        expect([refused.code, refused.err]).toEqual([
          1,
          expect.stringContaining('is running: stop or cancel it first'),
        ]);
        await handle.signal('continue');
        await handle.result();
        const shown = JSON.parse((await command(['show', name, '--json'], there())).out) as object;
        const offline = JSON.parse((await command(['show', name, '--json'])).out) as object;
        expect(Object.keys(offline)).toEqual(Object.keys(shown));
        expect({ ...offline, webUi: null }).toEqual({ ...shown, webUi: null });
        expect((await command(['remove', name, '--yes'], there())).out).toContain('Removed: 1 run');
        for (let tries = 0; tries < 100 && (await listed(server)) > 0; tries += 1)
          await new Promise((resolve) => setTimeout(resolve, 100));
        expect(await listed(server)).toBe(0);
        expect(left()).toEqual([]);
      },
      { keepRecord },
    );
  });
});

async function listed({ client }: TestWorkflowEnvironment): Promise<number> {
  let count = 0;
  for await (const _info of client.workflow.list()) count += 1;
  return count;
}
