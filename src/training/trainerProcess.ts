/**
 * The trainer's process: started when first needed, kept for all trainings of a worker (it forks a child for each, and
 * serves several at once), started again after it died. Its keeper replaces a killed serving process from imported
 * libraries, on the same pipes, and the new one says `ready` unasked: then all that was being served is lost.
 */
import { createWriteStream, mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { execa } from 'execa';
import type { Logger } from 'pino';
import { NOT_STARTED } from '../domain/failures.ts';
import { said } from '../domain/said.ts';
import { end, identityOf } from '../processes/identity.ts';
import type { ProcessIdentity } from '../processes/identity.ts';
import { pythonEnvironment, pythonExecutable } from '../processes/python.ts';
import { PROJECT_ROOT } from '../projectRoot.ts';
import { boundedLines } from './lines.ts';
import { MAX_LINE_BYTES, PROTOCOL_VERSION, parseEvent, workOf } from './protocol.ts';
import type { Answered, Command, EventOf, TrainerEvent } from './protocol.ts';
import { TrainerFailure } from './trainerFailure.ts';

/** Importing the heavy libraries takes 6 to 7 s on two cores; a loaded or cold machine takes far longer. */
const READY_WITHIN_MS = 300_000;
/** A serving process that is well ends a training within half a second; on a loaded machine it may take longer. */
const KILLED_WITHIN_MS = 5000;

interface Request {
  onEvent: (event: TrainerEvent) => void;
  resolve: (event: EventOf<'finished'>) => void;
  reject: (failure: TrainerFailure) => void;
  /** Kept when it is over, whatever the end. */
  over: Promise<void>;
}

interface Running {
  identity: ProcessIdentity;
  stdin: Writable;
  ready: EventOf<'ready'>;
  exited: Promise<void>;
}

export class TrainerProcess {
  readonly #logger: Logger;
  readonly #logFile: string;
  readonly #environment: Readonly<Record<string, string>>;
  /** What is being served, by the name of the work. */
  readonly #requests = new Map<string, Request>();
  #starting: Promise<Running> | null = null;
  #forks = true;
  /** Called when the process does not start, with the reason. */
  onBroken: (why: string) => void = () => {};

  /**
   * @param logFile - Gets what libraries print outside of trials.
   * @param environment - Variables of the process, beside the worker's own.
   */
  constructor(logger: Logger, logFile: string, environment: Readonly<Record<string, string>> = {}) {
    this.#logger = logger;
    this.#logFile = logFile;
    this.#environment = environment;
  }

  /** Starts the process if it does not run, and says what machine it is on. */
  async hello(): Promise<EventOf<'ready'>> {
    return (await this.#running()).ready;
  }

  /**
   * Sends a command and follows it to its end. A second one for the same work waits for the first.
   *
   * @throws TrainerFailure as the trainer reported it; kind `killed` when the process died under it.
   */
  async request(command: Answered, onEvent: (event: TrainerEvent) => void = () => {}): Promise<EventOf<'finished'>> {
    const work = workOf(command);
    let running = await this.#running();
    for (let earlier = this.#requests.get(work); earlier; earlier = this.#requests.get(work)) {
      await earlier.over;
      running = await this.#running();
    }
    const ending = new Promise<EventOf<'finished'>>((resolve, reject) => {
      this.#requests.set(work, { onEvent, resolve, reject, over: Promise.resolve() });
    });
    this.#requests.get(work)!.over = ending.then(
      () => {},
      () => {},
    );
    send(running.stdin, this.#forks ? command : { ...command, fork: false });
    return ending;
  }

  /** Asks the running training to checkpoint and leave; the trainer kills it after the grace time. */
  async cancel(work: string, graceSeconds: number): Promise<void> {
    const running = await this.#starting?.catch(() => null);
    if (running) send(running.stdin, { command: 'cancel', work, grace_s: graceSeconds });
  }

  /**
   * Ends a training at once that shows no life any more. Its neighbours go on, unless the trainer itself does not answer:
   * then all of it is ended.
   *
   * @param forkHung - The child hung before its first step. Forking may be what fails here (a library that starts threads
   *   on import deadlocks the children), so from now on each command gets a fresh process: slower, and sure.
   */
  async kill(work: string, { forkHung = false } = {}): Promise<void> {
    const running = await this.#starting?.catch(() => null);
    const request = this.#requests.get(work);
    if (!running || !request) return;
    if (forkHung && running.ready.fork && this.#forks) {
      this.#logger.warn('a forked training hung before its first step; from now on each gets a fresh process');
      this.#forks = false;
    }
    await this.cancel(work, 0);
    if (await isOver(request.over, KILLED_WITHIN_MS)) return;
    this.#logger.warn({ work }, 'the trainer does not end a training that hangs; it is ended itself');
    await this.#end(running);
  }

  /** Leaves in good order: a running training checkpoints within the grace time. */
  async shutdown(graceSeconds: number): Promise<void> {
    const running = await this.#starting?.catch(() => null);
    if (!running) return;
    send(running.stdin, { command: 'shutdown', grace_s: graceSeconds });
    if (!(await isOver(running.exited, (graceSeconds + 2) * 1000))) await this.#end(running);
  }

  /** Ends the process and its children at once. */
  async #end(running: Running): Promise<void> {
    await end(running.identity, { graceMs: 0, group: true });
    await running.exited;
  }

  #running(): Promise<Running> {
    this.#starting ??= this.#start().catch((error: unknown) => {
      this.#starting = null;
      this.onBroken((error as Error).message);
      throw error;
    });
    return this.#starting;
  }

  async #start(): Promise<Running> {
    mkdirSync(path.dirname(this.#logFile), { recursive: true });
    const log = createWriteStream(this.#logFile, { flags: 'a' });
    // A process group of its own: the whole tree can be ended, and Ctrl-C in a terminal does not reach it behind our
    // back.
    const child = execa(pythonExecutable(), ['-m', 'tuning_trainer', 'serve'], {
      cwd: PROJECT_ROOT,
      env: { ...pythonEnvironment(), ...this.#environment },
      extendEnv: false,
      detached: true,
      cleanup: false,
      reject: false,
      buffer: false,
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    } as const);
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    child.stdin.on('error', () => {});
    const identity = child.pid === undefined ? null : await identityOf(child.pid);
    let announce!: (event: EventOf<'ready'>) => void;
    const ready = new Promise<EventOf<'ready'>>((resolve) => (announce = resolve));
    const reading = this.#read(child.stdio[3] as Readable, announce);
    const exited = child.then(async (result) => {
      await reading;
      log.end();
      this.#onExit(result.exitCode ?? null, result.signal ?? null);
      return result;
    });
    send(child.stdin, { command: 'hello' });
    const first = await Promise.race([
      ready,
      exited,
      new Promise<'late'>((resolve) => setTimeout(resolve, READY_WITHIN_MS, 'late').unref()),
    ]);
    if (identity && first !== 'late' && 'event' in first)
      return { identity, stdin: child.stdin, ready: first, exited: exited.then(() => {}) };
    if (identity) await end(identity, { graceMs: 0, group: true });
    throw new TrainerFailure(
      NOT_STARTED,
      first === 'late'
        ? said`the trainer was not ready within ${READY_WITHIN_MS / 1000} s; see ${path.relative(PROJECT_ROOT, this.#logFile)}`
        : said`the trainer ended while starting; see ${path.relative(PROJECT_ROOT, this.#logFile)}`,
    );
  }

  async #read(stream: Readable, announce: (event: EventOf<'ready'>) => void): Promise<void> {
    let rubbish = 0;
    let announced = false;
    const note = (what: string) => {
      rubbish += 1;
      if (rubbish <= 5) this.#logger.warn({ what }, 'the trainer wrote a line that is no event');
    };
    try {
      for await (const line of boundedLines(stream, MAX_LINE_BYTES, (bytes) => note(said`${bytes} bytes`))) {
        const event = parseEvent(line);
        if (!event) note(line.slice(0, 200));
        else if (event.event === 'ready') {
          if (announced) this.#fail(said`the trainer was killed under the work, and is back`);
          announced = true;
          announce(event);
        } else this.#dispatch(event);
      }
    } catch (error) {
      this.#logger.warn({ err: error }, "the trainer's channel broke");
    }
  }

  #dispatch(event: TrainerEvent): void {
    const { work } = event;
    const request = work ? this.#requests.get(work) : undefined;
    if (!work || !request) return;
    if (event.event === 'finished') {
      this.#requests.delete(work);
      request.resolve(event);
    } else if (event.event === 'failed') {
      this.#requests.delete(work);
      request.reject(
        new TrainerFailure(event.kind, event.message, {
          ...event.facts,
          ...(event.log_tail ? { log_tail: event.log_tail } : {}),
        }),
      );
    } else {
      request.onEvent(event);
    }
  }

  #onExit(exitCode: number | null, signal: string | null): void {
    this.#starting = null;
    this.#fail(said`the trainer's process ended under the work (${signal ?? said`exit code ${exitCode}`})`, {
      exit_code: exitCode,
      signal,
    });
  }

  /** Everything that was being served is lost. */
  #fail(message: string, facts: Record<string, unknown> = {}): void {
    const lost = [...this.#requests.values()];
    this.#requests.clear();
    for (const request of lost) request.reject(new TrainerFailure('killed', message, facts));
  }
}

function isOver(work: Promise<unknown>, withinMs: number): Promise<boolean> {
  return Promise.race([
    work.then(() => true),
    new Promise<false>((resolve) => setTimeout(resolve, withinMs, false).unref()),
  ]);
}

function send(stdin: Writable, command: Command): void {
  stdin.write(`${JSON.stringify({ v: PROTOCOL_VERSION, ...command })}\n`);
}
