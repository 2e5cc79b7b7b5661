/**
 * A stage for faults: the whole product in a folder of its own, by the commands that users type, with an adviser on
 * loopback.
 */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { execa } from 'execa';
import type { ResultPromise } from 'execa';
import type { StackFile } from '../../src/local/stackFile.ts';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';
import { progressQuery } from '../../src/workflows/messages.ts';
import { BUCKET, environmentFor, startProxy, startS3Server } from '../store/s3Server.ts';
import type { Proxy, S3Server } from '../store/s3Server.ts';
import { startOpenAiServer } from '../openaiServer/server.ts';
import type { OpenAiServer } from '../openaiServer/server.ts';
import { isFree } from '../../src/local/temporalServer.ts';
import type { Verdict } from './fault.ts';
import { cutModel } from './model.ts';
import { unmountBelow } from './smallDisk.ts';
import { Points } from './points.ts';
import { eventually, processesWith, signalAll } from './processes.ts';
import type { Process } from './processes.ts';

const INJECT = path.join(PROJECT_ROOT, 'test', 'faults', 'inject');
export const CANARY = 'sk-canary-faults-0123456789';

/** What `start-run --json` prints at its end. */
export interface Outcome {
  run: string;
  workflowId: string;
  status: string;
  best: { score: number; test: number; config: Record<string, unknown>; trial: string };
  baseline: { score: number; test: number };
  trained: number;
  failed: number;
  usage: { calls: number; tokens: number; trainSeconds: number };
  report: string;
}

/**
 * Runs of three sizes: `short` tunes one parameter in one round; `two` tunes two, and continues as new between them;
 * `whole` does all that a run does by default, two trainings at once: noise, a search over all keys, confirmation.
 */
export const SIZES = {
  short: ['MAX_PRIORITY_PARAMS=1', 'ROUNDS_PER_PARAM=1', 'TRAINING_SLOTS=1'],
  two: ['MAX_PRIORITY_PARAMS=2', 'ROUNDS_PER_PARAM=1', 'TRAINING_SLOTS=1'],
  whole: [
    'MAX_PRIORITY_PARAMS=1',
    'ROUNDS_PER_PARAM=2',
    'SEARCH=adaptive',
    'NOISE_SEEDS=1',
    'CONFIRM_SEEDS=1',
    'PUBLISH=confirmed',
    'TRAINING_SLOTS=2',
  ],
} as const;
export type Size = keyof typeof SIZES;

export type Role =
  | 'supervisor'
  | 'server'
  | 'worker-tuning'
  | 'worker-training'
  | 'keeper'
  | 'trainer'
  | 'training'
  | 'client';

export class Stage {
  readonly home = mkdtempSync(path.join(tmpdir(), 'tuning-faults-'));
  readonly points = new Points(path.join(this.home, 'points'));
  readonly state = path.join(this.home, 'state');
  readonly openai: OpenAiServer;
  readonly environment: Record<string, string>;

  /** What runs with a store reach it through; the server behind it is started for the first of them. */
  readonly storeProxy: Proxy;
  #storeServer: S3Server | null = null;

  #destroyed = false;

  private constructor(openai: OpenAiServer, storeProxy: Proxy) {
    this.openai = openai;
    this.storeProxy = storeProxy;
    this.environment = {
      TUNING_STATE_DIR: this.state,
      TUNING_OUTPUT_DIR_ROOT: path.join(this.home, 'models'),
      TUNING_REPORT_DIR: path.join(this.home, 'reports'),
      TEMPORAL_ADDRESS: '',
      TUNING_BASE_MODEL: path.join(this.home, 'one-layer'),
      TUNING_STSB_TRAIN_SPLIT: 'train[:48]',
      TUNING_STSB_DEV_SPLIT: 'validation[:24]',
      TUNING_STSB_TEST_SPLIT: 'test[:24]',
      TUNING_EVAL_STRATEGY: 'steps',
      TUNING_EVAL_STEPS: '2',
      TUNING_SAVE_STEPS: '2',
      // Each training of a run is its own: what is compared is told by its name.
      TUNING_NOISE_SEEDS: '0',
      TUNING_CONFIRM_SEEDS: '0',
      TUNING_REUSE_TRIALS: 'false',
      TUNING_STOP_WHEN: 'budget',
      TUNING_PUBLISH: 'best',
      TUNING_LOGGING_STEPS: '1',
      TUNING_GPT_TIMEOUT: '4',
      TUNING_HANG_SECONDS: '20',
      // What the worker takes; a run of less than the whole has one training at a time.
      TUNING_TRAINING_SLOTS: '2',
      OPENAI_BASE_URL: openai.url,
      OPENAI_API_KEY: CANARY,
      ...environmentFor(storeProxy.url),
      TUNING_FAULTS_DIR: this.points.folder,
      TUNING_PYTHON_BIN: path.join(INJECT, 'python'),
      TUNING_REAL_PYTHON: path.join(PROJECT_ROOT, '.venv', 'bin', 'python'),
      NODE_OPTIONS: `--import=${path.join(INJECT, 'points.mjs')}`,
    };
  }

  /**
   * Brings the stack up.
   *
   * @param onMade - Told of the stage before anything is started.
   */
  static async open(onMade: (stage: Stage) => void = () => {}): Promise<Stage> {
    const stage = new Stage(await startOpenAiServer({ key: CANARY }), await startProxy(null));
    onMade(stage);
    await cutModel(stage.environment['TUNING_BASE_MODEL']!, { TUNING_STATE_DIR: stage.state });
    await stage.up();
    return stage;
  }

  /** Takes everything down, and tells whether a process or a port was left. */
  async close(): Promise<Verdict> {
    const began = Date.now();
    const { address, webUi } = this.stack();
    await this.command(['down']);
    const ports = [address, webUi].map((where) => Number(where.split(':').at(-1)));
    const taken = await Promise.all(
      ports.map(async (port) => ((await isFree(port)) ? [] : [`port ${port} is still taken`])),
    );
    const left = this.processes().map(({ pid, command }) => `process ${pid} is left: ${command.slice(0, 80)}`);
    await this.openai.close();
    await this.storeProxy.close();
    await this.#storeServer?.close();
    unmountBelow(this.home);
    rmSync(this.home, { recursive: true, force: true });
    return {
      fault: 'down leaves nothing',
      problems: [...left, ...taken.flat()],
      goesOnAfter: null,
      lost: null,
      seconds: (Date.now() - began) / 1000,
    };
  }

  /** Ends every process at once, whatever it is doing, and removes the folder. No command runs on this stage afterwards. */
  async destroy(): Promise<void> {
    this.#destroyed = true;
    await this.#storeServer?.close();
    // A process may just have been starting another one, so one look that finds none is not enough.
    for (let quiet = 0, looks = 0; quiet < 3; looks += 1) {
      const left = this.processes();
      if (looks > 100) throw new Error(`processes do not end: ${left.map(({ pid }) => pid).join(', ')}`);
      signalAll(
        'SIGKILL',
        left.map(({ pid }) => pid),
      );
      quiet = left.length === 0 ? quiet + 1 : 0;
      await sleep(100);
    }
    unmountBelow(this.home);
    rmSync(this.home, { recursive: true, force: true });
  }

  /** A bucket for runs with a store, reached through the proxy, which is well; its address. */
  async openBucket(): Promise<string> {
    this.#storeServer ??= await startS3Server();
    Object.assign(this.storeProxy, { to: this.#storeServer.url, weather: 'well' });
    return `s3://${BUCKET}/faults`;
  }

  async up(): Promise<void> {
    const { exitCode, stderr } = await this.command(['up']);
    if (exitCode !== 0) throw new Error(`up ended with ${exitCode}: ${stderr}`);
  }

  /** After a fault that the product did not survive: so that its run does not disturb the next one. */
  async abandonRuns(): Promise<void> {
    this.points.clear();
    await this.up();
    const client = await this.client();
    for await (const { workflowId } of client.workflow.list({ query: "ExecutionStatus = 'Running'" }))
      await client.workflow.getHandle(workflowId).terminate();
    await client.connection.close();
  }

  /** A command of the product, as `npm run` starts it. */
  command(args: string[], more: Record<string, string> = {}): ResultPromise<{ reject: false }> {
    if (this.#destroyed) throw new Error('the stage is destroyed');
    return execa(process.execPath, ['--disable-warning=ExperimentalWarning', 'src/client/main.ts', ...args], {
      cwd: PROJECT_ROOT,
      env: { ...this.environment, ...more },
      reject: false,
    });
  }

  start(name: string, size: Size, ...set: string[]): ResultPromise<{ reject: false }> {
    return this.command([
      'start-run',
      set.includes('INTERACTIVE_MODE=true') ? '--interactive' : '--auto',
      '--json',
      '--name',
      name,
      ...[...SIZES[size], ...set].flatMap((assignment) => ['--set', assignment]),
    ]);
  }

  stack(): StackFile {
    return JSON.parse(readFileSync(path.join(this.state, 'stack.json'), 'utf8')) as StackFile;
  }

  processes(): Process[] {
    return processesWith('TUNING_STATE_DIR', this.state);
  }

  /** Process ids by what they are; the trainer's three are found by descent. */
  pidOf(role: Role): number {
    const stack = this.stack();
    if (role === 'supervisor') return stack.supervisor.pid;
    const member = stack.members.find(({ name }) => name === role);
    if (member) return member.identity.pid;
    const all = this.processes();
    const childOf = (parent: number) =>
      all.find((candidate) => candidate.parent === parent && candidate.command.includes('tuning_trainer serve'))?.pid ??
      0;
    const keeper = childOf(this.pidOf('worker-training'));
    const found = {
      keeper,
      trainer: childOf(keeper),
      training: childOf(childOf(keeper)),
      client: all.find(({ command }) => command.includes('src/client/main.ts'))?.pid ?? 0,
    }[role as 'keeper' | 'trainer' | 'training' | 'client'];
    if (!found) throw new Error(`there is no ${role} process now`);
    return found;
  }

  async client(): Promise<Client> {
    const connection = await eventually(
      () => Connection.connect({ address: this.stack().address, connectTimeout: '1 s' }).catch(() => null),
      'the Temporal server',
    );
    return new Client({ connection });
  }

  /** The run of a name, once it is there. */
  runOf(name: string): Promise<string> {
    return eventually(
      () =>
        existsSync(path.join(this.home, 'models'))
          ? readdirSync(path.join(this.home, 'models')).find((folder) => folder.startsWith(`${name}-`))
          : undefined,
      `the run ${name}`,
    );
  }

  async gate(workflowId: string, id: string): Promise<void> {
    const client = await this.client();
    await eventually(
      async () =>
        (
          await client.workflow
            .getHandle(workflowId)
            .query(progressQuery)
            .catch(() => null)
        )?.gate?.id === id,
      `the question ${id}`,
    );
    await client.connection.close();
  }

  folderOf(run: string): string {
    return path.join(this.home, 'models', run);
  }
}
