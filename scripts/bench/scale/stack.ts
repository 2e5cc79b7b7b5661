/**
 * What the scale is measured on: a Temporal server, workers in processes of their own, trainings that sleep. Everything
 * lies in one folder and on loopback, and ends with the bench.
 */
import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import type { ConnectionOptions } from '@temporalio/client';
import { execa } from 'execa';
import type { ResultPromise } from 'execa';
import { resolveConfig } from '../../../src/config/resolve.ts';
import { queuesWith } from '../../../src/domain/queues.ts';
import type { TuningConfig } from '../../../src/domain/settings.ts';
import { LOOPBACK, SHARES, answers, temporalBinary } from '../../../src/local/temporalServer.ts';
import { pythonExecutable } from '../../../src/processes/python.ts';
import { PROJECT_ROOT } from '../../../src/projectRoot.ts';
import { WORKFLOW_TYPE } from '../../../src/workflows/messages.ts';
import type { tuningRun } from '../../../src/workflows/tuningRun.ts';
import { eventually, freePort } from '../../../test/faults/processes.ts';

/** Settings of every run here: nothing but rounds, and no person. */
const SETTINGS = [
  'INTERACTIVE_MODE=false',
  'NOISE_SEEDS=0',
  'CONFIRM_SEEDS=0',
  'STSB_TEST_SPLIT=none',
  'STOP_WHEN=budget',
  'TRAINING_SLOTS=1',
  'REUSE_TRIALS=false',
  'PRUNING=false',
  'PUBLISH=best',
  'GENERATE_REPORT=false',
];
const ENOUGH_MS = 120_000;

export interface Member {
  pid: number;
  /** Where its `/metrics` are. */
  metrics: string;
}

export class Stack {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'tuning-bench-scale-'));
  readonly address: string;
  /** Requests of every client of `connect`, by method. */
  readonly requests = new Map<string, number>();
  readonly #processes: ResultPromise[] = [];
  readonly #connections: Connection[] = [];
  server!: Member;
  client!: Client;

  private constructor(port: number) {
    this.address = `${LOOPBACK}:${port}`;
  }

  static async start(): Promise<Stack> {
    const [port, metricsPort] = [await freePort(), await freePort()];
    const stack = new Stack(port);
    const database = path.join(stack.folder, 'temporal.db');
    const listening = ['--ip', LOOPBACK, '--port', String(port), '--metrics-port', String(metricsPort)];
    const options = ['--headless', '--log-level', 'error', '--db-filename', database];
    stack.server = stack.#launch('server', metricsPort, temporalBinary(), [
      'server',
      'start-dev',
      ...listening,
      ...options,
      ...SHARES,
    ]);
    await eventually(() => answers(stack.address), 'the Temporal server', ENOUGH_MS);
    stack.client = await stack.connect();
    return stack;
  }

  /** A client with a connection of its own, whose requests are counted. */
  async connect(): Promise<Client> {
    type Interceptor = NonNullable<ConnectionOptions['interceptors']>[number];
    const count = ((options: Parameters<Interceptor>[0], next: Parameters<Interceptor>[1]) => {
      const method = options.method_definition.path.split('/').at(-1)!;
      this.requests.set(method, (this.requests.get(method) ?? 0) + 1);
      return next(options);
    }) as Interceptor;
    const connection = await Connection.connect({ address: this.address, interceptors: [count] });
    this.#connections.push(connection);
    return new Client({ connection });
  }

  /**
   * A worker as the product starts it. Its search model and its journal are real; its trainings sleep.
   *
   * @param place - Its name, as of a host of its own.
   */
  async worker(
    role: 'tuning' | 'training',
    { place = 'bench', slots = 1, seconds = 1, environment = {} }: Partial<WorkerOptions> = {},
  ): Promise<Member> {
    const port = await freePort();
    const main = [path.join(PROJECT_ROOT, 'src/worker/main.ts'), '--queue', role];
    const member = this.#launch(
      `worker-${role}-${place}`,
      port,
      process.execPath,
      ['--disable-warning=ExperimentalWarning', ...main],
      {
        TEMPORAL_ADDRESS: this.address,
        TUNING_STATE_DIR: path.join(this.folder, `state-${role}-${place}`),
        TUNING_METRICS_ADDRESS: `${LOOPBACK}:${port}`,
        TUNING_PLACE: place,
        TUNING_TRAINING_SLOTS: String(slots),
        TUNING_PYTHON_BIN: path.join(PROJECT_ROOT, 'trainer/benchmarks/sleeping_python.sh'),
        SLEEPING_PYTHON: pythonExecutable(),
        SLEEPING_SECONDS: String(seconds),
        ...environment,
      },
    );
    await eventually(
      () =>
        fetch(member.metrics).then(
          ({ ok }) => ok,
          () => false,
        ),
      `worker ${place}`,
      ENOUGH_MS,
    );
    return member;
  }

  config(...set: string[]): TuningConfig {
    const models = path.join(this.folder, 'models');
    return resolveConfig({ set: [...SETTINGS, `OUTPUT_DIR_ROOT=${models}`, ...set] });
  }

  startRun(run: string, config: TuningConfig) {
    return this.client.workflow.start<typeof tuningRun>(WORKFLOW_TYPE, {
      taskQueue: queuesWith('').tuning,
      workflowId: `tuning-${run}`,
      args: [{ run, config, searchAttributes: false }],
    });
  }

  /** Ends what it started, and takes its folder away. */
  async end(): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.close()));
    for (const one of this.#processes.toReversed()) {
      one.kill('SIGTERM', undefined);
      await one;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  #launch(name: string, metricsPort: number, file: string, args: string[], env: Record<string, string> = {}): Member {
    mkdirSync(path.join(this.folder, 'logs'), { recursive: true });
    const child = execa(file, args, {
      cwd: PROJECT_ROOT,
      env,
      reject: false,
      buffer: false,
      stdio: ['ignore', 'pipe', 'pipe'],
      forceKillAfterDelay: 30_000,
    });
    const log = createWriteStream(path.join(this.folder, 'logs', `${name}.log`));
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    this.#processes.push(child as unknown as ResultPromise);
    return { pid: child.pid!, metrics: `http://${LOOPBACK}:${metricsPort}/metrics` };
  }
}

export interface WorkerOptions {
  place: string;
  /** Trainings at once. */
  slots: number;
  /** How long a training sleeps. */
  seconds: number;
  environment: Record<string, string>;
}
