/** `git pull` and the next command, while one run waits at a question and another trains: both go on, nothing is lost. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { versionOf } from '../../src/local/version.ts';
import { checkoutIn } from '../faults/checkout.ts';
import type { Checkout } from '../faults/checkout.ts';
import { cutModel } from '../faults/model.ts';
import { eventually, processesWith } from '../faults/processes.ts';
import { progressOf, stackIn } from './progressOf.ts';

jest.setTimeout(600_000);

let home: string;
let checkout: Checkout;
let environment: Record<string, string>;
/** Somebody else has the first port when the stack comes up for the first time, and gives it back later. */
let somebody: Server | null = null;
const FIRST_PORT = 7233;
beforeAll(async () => {
  somebody = await new Promise<Server | null>((resolve) => {
    const server = createServer().once('error', () => resolve(null));
    server.listen(FIRST_PORT, '127.0.0.1', () => resolve(server));
  });
  home = mkdtempSync(path.join(tmpdir(), 'tuning-upgrade-'));
  checkout = checkoutIn(home);
  environment = {
    TUNING_STATE_DIR: path.join(home, 'state'),
    TUNING_OUTPUT_DIR_ROOT: path.join(home, 'models'),
    TUNING_REPORT_DIR: path.join(home, 'reports'),
    TUNING_BASE_MODEL: path.join(home, 'one-layer'),
    TUNING_ADVISER: 'local',
    TUNING_STSB_TRAIN_SPLIT: 'train[:48]',
    TUNING_STSB_DEV_SPLIT: 'validation[:24]',
    TUNING_STSB_TEST_SPLIT: 'none',
    TUNING_NOISE_SEEDS: '0',
    TUNING_CONFIRM_SEEDS: '0',
    TUNING_REUSE_TRIALS: 'false',
    TUNING_STOP_WHEN: 'budget',
    TUNING_TUNABLE_KEYS: '[LEARNING_RATE]',
    TUNING_EVAL_STEPS: '10',
    TUNING_SAVE_STEPS: '10',
    TEMPORAL_ADDRESS: '',
    OPENAI_API_KEY: '',
  };
  await cutModel(environment['TUNING_BASE_MODEL']!);
});
afterAll(async () => {
  somebody?.close();
  await command('down');
  rmSync(home, { recursive: true, force: true });
});

const command = (...args: string[]) => checkout.command(args, environment);
const stack = () => stackIn(path.join(home, 'state'));
async function json(...args: string[]): Promise<any> {
  const { exitCode, stdout, stderr } = await command(...args, '--json');
  if (exitCode !== 0) throw new Error(`${args.join(' ')} ended with ${exitCode}: ${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1)!);
}
/** One training after the other, and a question after each. */
const ONE_BY_ONE = ['--set', 'MAX_PRIORITY_PARAMS=1', '--set', 'TRAINING_SLOTS=1'];
/** A training that also a quick machine still has in hand when the stack is restarted. */
const LONG = ['--set', 'NUM_TRAIN_EPOCHS=20', '--set', 'TRAIN_BATCH_SIZE=4'];
const start = async (name: string, ...more: string[]): Promise<string> =>
  (await json('start-run', '--name', name, '--detach', ...ONE_BY_ONE, '--set', 'ROUNDS_PER_PARAM=3', ...more)).run;
const gateOf = async (run: string) => (await progressOf(path.join(home, 'state'), run))?.gate?.id;
const isUpToDate = async () => stack().version.digest === (await versionOf(checkout.root)).digest;
/** A training has something to lose, a checkpoint that is whole, and is not done. */
function isTraining(run: string): boolean {
  const trials = path.join(home, 'models', run, 'trials');
  if (!existsSync(trials)) return false;
  return readdirSync(trials).some((trial) => {
    const files = readdirSync(path.join(trials, trial), { recursive: true }).map(String);
    return !files.includes('result.json') && files.some((file) => /checkpoint-\d+.manifest\.json$/.test(file));
  });
}

/** Processes are found by /proc. */
const whereProcessesAreSeen = process.platform === 'linux' ? describe : describe.skip;

whereProcessesAreSeen('an upgrade in mid-run (Linux only)', () => {
  let waiting: string;
  let training: string;

  test('begins with one run at a question and one in training', async () => {
    waiting = await start('waits', '--interactive', '--set', 'NUM_TRAIN_EPOCHS=1');
    await eventually(async () => (await gateOf(waiting)) === 'LEARNING_RATE/round-1', 'the question', 240_000);
    training = await start('trains', '--auto', ...LONG, '--set', 'ROUNDS_PER_PARAM=1');
    await eventually(() => isTraining(training), 'a checkpoint', 240_000);
    expect(await isUpToDate()).toBe(true);
  });

  test('documents, tests, configuration and commands are no reason to restart', async () => {
    const before = stack().supervisor;
    checkout.pull('README.md', 'test/some.test.ts', 'config/default.yaml', 'src/client/main.ts');
    expect((await command('up')).exitCode).toBe(0);
    expect(stack().supervisor).toEqual(before);
  });

  test('new sources restart the stack once, also when two commands find them', async () => {
    const { supervisor: before, address } = stack();
    checkout.pull('src/worker/workers.ts');
    somebody?.close();
    expect(await json('status')).toMatchObject({ upToDate: false });
    const told = await command('attach', 'nobody');
    expect(told.stderr).toMatch(/The local stack runs .*, and this checkout is .*npm run up restarts it/);
    const both = await Promise.all([command('up'), command('start-run', '--name', 'waits', '--detach')]);
    expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    const said = both.map(({ stdout }) => stdout).join('\n');
    expect(said.match(/it is restarted as/g)).toHaveLength(1);
    expect(said).toContain(`${waiting} runs already`);
    const { supervisor: after, address: there } = stack();
    expect(after).not.toEqual(before);
    expect(there).toBe(address);
    expect(await isUpToDate()).toBe(true);
    expect(await gateOf(waiting)).toBe('LEARNING_RATE/round-1');
    expect(checkout.installs().times).toBe(0);
  });

  test('new packages are installed when nothing runs on the old ones, and the stack is up again', async () => {
    const before = stack();
    const pids = processesWith('TUNING_STATE_DIR', environment['TUNING_STATE_DIR']!).map(({ pid }) => pid);
    expect(pids).toContain(before.supervisor.pid);
    checkout.watch(pids);
    checkout.pull('package-lock.json');
    const { exitCode, stdout, stderr } = await command('runs', '--json');
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('it is taken down first')]);
    expect(JSON.parse(stdout)).toHaveLength(2);
    expect(checkout.installs()).toEqual({ times: 1, under: [] });
    expect(stack().supervisor).not.toEqual(before.supervisor);
    expect(await isUpToDate()).toBe(true);
  });

  test('both runs go on to their ends, and the training from its checkpoint', async () => {
    expect(await gateOf(waiting)).toBe('LEARNING_RATE/round-1');
    expect((await command('decide', waiting, 'continue')).exitCode).toBe(0);
    // It was told to train two more; the one in hand is enough to see.
    expect((await command('decide', training, 'stop-run')).exitCode).toBe(0);
    const [asked, trained] = await Promise.all([json('attach', waiting), json('attach', training)]);
    // The default, the base configuration of so short a default, and two rounds.
    expect(asked).toMatchObject({ status: 'completed', trained: 4, failed: 0 });
    expect(trained).toMatchObject({ status: 'stopped', failed: 0 });
    const { trials } = await json('show', training);
    // Whichever training was in hand when the stack was restarted.
    const resumedFrom: number[] = trials.flatMap(({ result }: any) => result?.resumedFrom ?? []);
    expect(resumedFrom.length).toBeGreaterThan(0);
    expect(Math.min(...resumedFrom)).toBeGreaterThan(0);
  });
});
