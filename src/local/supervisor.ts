/**
 * The supervisor of the local stack, a process of its own that outlives the client: server and workers, each started
 * again when it dies. Run as `node src/local/supervisor.ts`; `npm run up` does it.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { said } from '../domain/said.ts';
import { createLogger } from '../logging/logger.ts';
import { isAdviserVariable } from '../processes/adviserEnvironment.ts';
import { keepBounded } from '../processes/boundedOutput.ts';
import { loadEnvironmentFile } from '../processes/envFile.ts';
import { end, identityOf, isAlive } from '../processes/identity.ts';
import type { ProcessIdentity } from '../processes/identity.ts';
import { takeLock } from '../processes/lock.mjs';
import { PROJECT_ROOT } from '../projectRoot.ts';
import { keyDigests } from './encryptionKeys.mjs';
import { keepPorts, lastPorts } from './lastPorts.ts';
import { LOCAL } from './paths.ts';
import { readStackFile, writeStackFile } from './stackFile.ts';
import type { StackFile, StackMember } from './stackFile.ts';
import { VERSION_UNKNOWN, versionOf, versionWords } from './version.ts';
import { LOOPBACK, answers, isFree, keepClosedRuns, serverArguments, temporalBinary } from './temporalServer.ts';

const FIRST_PORT = 7233;
const FIRST_UI_PORT = 8233;
const FIRST_DASHBOARD_PORT = 8250;
/** Shows encrypted runs in the Web UI; runs only where TUNING_PAYLOAD_KEY is set. */
const FIRST_CODEC_PORT = 8334;
const SERVER = 'server';
const SERVER_UP_WITHIN_MS = 30_000;
/** Longest pause before something that keeps dying is started again. */
const LONGEST_PAUSE_MS = 15_000;
/** A member that ran this long counts as healthy again. */
const HEALTHY_AFTER_MS = 20_000;
const PORTS_TRIED = 200;
/** Not TMPDIR, where there is a choice: sessions and batch systems set their own, and would not see each other's. */
const RESERVATIONS = process.platform === 'win32' ? tmpdir() : '/tmp';
const reservations: string[] = [];
/** Workers get this long to checkpoint a training when the stack goes down. */
const STOP_GRACE_MS = 20_000;

interface Program {
  name: string;
  file: string;
  args: string[];
}

async function main(): Promise<void> {
  // Before anything else: the sources may change while the stack comes up.
  const version = await versionOf();
  // Each run brings its adviser; what .env held when the stack started must not outlive it.
  loadEnvironmentFile(isAdviserVariable);
  await mkdir(LOCAL.logs, { recursive: true });
  const self = (await identityOf(process.pid))!;
  if (!(await takeLock(LOCAL.supervisorLock, self))) return;
  const logger = createLogger('supervisor');
  const before = await readStackFile();
  await endLeftovers(before, logger);
  const last = before ?? (await lastPorts());
  const port = await reservePort(last?.address, FIRST_PORT, self);
  const uiPort = await reservePort(last?.webUi, FIRST_UI_PORT, self);
  const dashboardPort = await reservePort(last?.dashboard, FIRST_DASHBOARD_PORT, self);
  const stack: StackFile = {
    supervisor: self,
    version,
    checkout: PROJECT_ROOT,
    address: `${LOOPBACK}:${port}`,
    webUi: `http://${LOOPBACK}:${uiPort}`,
    dashboard: `http://${LOOPBACK}:${dashboardPort}`,
    encryption: keyDigests(),
    stopping: false,
    members: [],
  };
  await keepPorts(stack);
  const node = (name: string, ...args: string[]): Program => ({
    name,
    file: process.execPath,
    args: ['--disable-warning=ExperimentalWarning', ...args],
  });
  const codecPort = process.env['TUNING_PAYLOAD_KEY'] ? await reservePort(undefined, FIRST_CODEC_PORT, self) : null;
  await new Supervisor(stack, logger).run([
    { name: SERVER, file: temporalBinary(), args: serverArguments(port, uiPort, codecPort) },
    ...(codecPort === null
      ? []
      : [node('codec', 'src/codec/main.ts', '--port', String(codecPort), '--origin', stack.webUi)]),
    ...['tuning', 'training'].map((queue) =>
      node(`worker-${queue}`, 'src/worker/main.ts', '--queue', queue, '--supervised'),
    ),
    node('dashboard', 'src/dashboard/main.ts', '--port', String(dashboardPort), '--supervised'),
  ]);
  // The stack file last: whoever finds it gone starts the next stack, which is to have the lock and the ports of this one.
  await Promise.all([LOCAL.supervisorLock, ...reservations].map((file) => rm(file, { force: true })));
  await rm(LOCAL.stack, { force: true });
}

const outputOf = (member: string): string => path.join(LOCAL.logs, `${member}.out`);

class Supervisor {
  readonly #stack: StackFile;
  readonly #logger: Logger;
  #stopping = false;
  readonly #stopped: Promise<void>;
  #stop!: () => void;
  #writing: Promise<void> = Promise.resolve();

  constructor(stack: StackFile, logger: Logger) {
    this.#stack = stack;
    this.#logger = logger;
    this.#stopped = new Promise((resolve) => (this.#stop = resolve));
  }

  /** Runs until SIGTERM or SIGINT. */
  async run(programs: readonly Program[]): Promise<void> {
    const leave = () => {
      this.#stopping = true;
      this.#stop();
    };
    process.once('SIGTERM', leave).once('SIGINT', leave);
    keepBounded(['supervisor', ...programs.map(({ name }) => name)].map(outputOf), (error) =>
      this.#logger.warn({ err: error }, 'the output of a member could not be cut'),
    );
    const [server, ...workers] = programs;
    const running = [this.#keep(server!)];
    await this.#serverUp();
    await keepClosedRuns(this.#stack.address).catch((error: unknown) =>
      this.#logger.warn({ err: error }, 'the server keeps runs that are over for its own time only'),
    );
    running.push(...workers.map((worker) => this.#keep(worker)));
    await this.#stopped;
    this.#stack.stopping = true;
    await this.#save();
    await this.#end(workers);
    await this.#end([server!]);
    await Promise.all(running);
  }

  async #serverUp(): Promise<void> {
    const deadline = Date.now() + SERVER_UP_WITHIN_MS;
    while (!this.#stopping && Date.now() < deadline && !(await answers(this.#stack.address))) await sleep(100);
  }

  async #keep(program: Program): Promise<void> {
    for (let restarts = 0, pause = 100; !this.#stopping; restarts += 1) {
      const started = Date.now();
      const outcome = await this.#once(program, restarts);
      if (this.#stopping) return;
      pause = Date.now() - started > HEALTHY_AFTER_MS ? 100 : Math.min(pause * 2, LONGEST_PAUSE_MS);
      this.#logger.warn(
        { member: program.name, outcome, pause },
        'a member of the local stack ended; it is started again',
      );
      await Promise.race([sleep(pause), this.#stopped]);
      await this.#noticeOtherSources();
    }
  }

  /** A member that is started again after the sources changed runs those: the stack is then of no single version. */
  async #noticeOtherSources(): Promise<void> {
    // A file may be away for a moment while the sources are replaced.
    const now = await versionOf().catch(() => VERSION_UNKNOWN);
    if (now.digest === this.#stack.version.digest) return;
    this.#logger.warn({ now: versionWords(now) }, 'the sources changed under the local stack; npm run up restarts it');
    this.#stack.version = { release: said`parts of several versions`, digest: '' };
    await this.#save();
  }

  async #once({ name, file, args }: Program, restarts: number): Promise<string> {
    // The file is the member's own, so that it can write on when this process dies. The pipe to stdin ends then, which
    // tells a worker to leave.
    const output = openSync(outputOf(name), 'a');
    const child = spawn(file, args, {
      cwd: PROJECT_ROOT,
      detached: true,
      stdio: ['pipe', output, output],
      env: { ...process.env, TEMPORAL_ADDRESS: this.#stack.address, TEMPORAL_NAMESPACE: 'default' },
    });
    closeSync(output);
    const ended = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) => resolve(signal ?? said`exit code ${code}`));
      child.once('error', (error) => resolve(error.message));
    });
    child.stdin?.on('error', () => {});
    const identity = child.pid === undefined ? null : await identityOf(child.pid);
    if (identity) await this.#remember({ name, identity, since: new Date().toISOString(), restarts });
    return ended;
  }

  #remember(member: StackMember): Promise<void> {
    this.#stack.members = [...this.#stack.members.filter(({ name }) => name !== member.name), member];
    return this.#save();
  }

  #save(): Promise<void> {
    this.#writing = this.#writing.then(() => writeStackFile(this.#stack));
    return this.#writing;
  }

  async #end(programs: readonly Program[]): Promise<void> {
    const names = new Set(programs.map(({ name }) => name));
    const members = this.#stack.members.filter(({ name }) => names.has(name));
    await Promise.all(members.map(({ identity }) => end(identity, { graceMs: STOP_GRACE_MS, group: true })));
  }
}

/** Ends what an earlier supervisor left when it was killed: workers first, so that they can still save and report. */
async function endLeftovers(before: StackFile | null, logger: Logger): Promise<void> {
  const members = before?.members ?? [];
  const endOne = async ({ name, identity }: StackMember, graceMs: number): Promise<void> => {
    if (!(await isAlive(identity))) return;
    logger.warn({ member: name, pid: identity.pid }, 'ending what an earlier supervisor left running');
    await end(identity, { graceMs, group: true });
  };
  await Promise.all(members.filter(({ name }) => name !== SERVER).map((member) => endOne(member, STOP_GRACE_MS)));
  await Promise.all(members.filter(({ name }) => name === SERVER).map((member) => endOne(member, 3000)));
}

/**
 * The port of last time if it is free, so that open browser tabs and remote workers find the stack again; else the
 * first free one.
 *
 * Reserved among all supervisors of this user: two that start at the same moment would both find a port free, and the
 * one whose server then cannot have it would work against the other's.
 */
async function reservePort(before: string | null | undefined, first: number, self: ProcessIdentity): Promise<number> {
  const last = Number(before?.split(':').at(-1));
  const candidates = [
    ...(Number.isInteger(last) && last > 0 ? [last] : []),
    ...Array.from({ length: PORTS_TRIED }, (_, index) => first + index),
  ];
  for (const port of candidates) {
    const lock = path.join(RESERVATIONS, `tuning-port-${process.getuid?.() ?? 'user'}-${port}.lock`);
    if (!(await isFree(port)) || !(await takeLock(lock, self))) continue;
    reservations.push(lock);
    return port;
  }
  throw new Error(said`no free port on ${LOOPBACK} between ${first} and ${first + PORTS_TRIED - 1}`);
}

await main();
