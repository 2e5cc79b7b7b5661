/** The typed client: start runs, follow them, decide, read what came of them. The commands do the same by the same code. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { metricOf } from '../domain/metric.ts';
import { progressOf } from '../domain/progress.ts';
import type { RunProgress } from '../domain/progress.ts';
import type { RunState } from '../domain/runState.ts';
import { shownProgress } from '../domain/shownScores.ts';
import { pause } from '../processes/pause.ts';
import { PROJECT_ROOT } from '../projectRoot.ts';
import { decideOn } from '../runs/deciding.ts';
import { GrowingHistory } from '../runs/growingHistory.ts';
import { findRun, knownRuns, outputRootInForce, rowOf, serverFor, standingOf, stateOf } from '../runs/knownRuns.ts';
import type { KnownRun, Sources } from '../runs/knownRuns.ts';
import { startOrFind } from '../runs/launching.ts';
import { runOf } from '../runs/runList.ts';
import { layoutOf } from '../runs/runPlace.ts';
import { runView } from '../runs/runView.ts';
import type { RunView } from '../runs/runView.ts';
import type { GivenDecision } from '../runs/sending.ts';
import { runUrl } from '../runs/server.ts';
import type { Server } from '../runs/server.ts';
import { UserError } from '../runs/userError.ts';
import { diskBytes } from '../training/diskUse.ts';
import type { tuningRun } from '../workflows/tuningRun.ts';
import { closeServer, serverOf } from './server.ts';
import type { ConnectOptions } from './server.ts';
import { configurationOf } from './starting.ts';
import type { RunOptions } from './starting.ts';

/** A run in a list: name, status, best score as its metric counts it, ISO 8601 time of its start. */
export type ListedRun = ReturnType<typeof rowOf>;

export interface StartedRun {
  run: string;
  workflowId: string;
  /** False: a run of that name went on already, and this is it. */
  started: boolean;
}

export interface Report {
  /** Absolute path of the Markdown. */
  path: string;
  markdown: string;
  /** Absolute path of the HTML beside it. */
  html: string;
}

/** A worker that is away is not told by any event: it is looked this often. */
const LOOK_EVERY_MS = 10_000;

/**
 * Connects.
 *
 * @throws UserError when the server does not answer.
 */
export async function connect(options: ConnectOptions = {}): Promise<TuningClient> {
  const outputRoot = options.outputRoot === undefined ? outputRootInForce() : path.resolve(options.outputRoot);
  const server = await serverOf(options);
  return new TuningClient(server, outputRoot, options.client === undefined);
}

/**
 * Runs of one Temporal server, and those whose records lie below `outputRoot`. Runs are named by their name, or by the
 * start of one. Scores are as the run's metric counts them.
 */
export class TuningClient {
  readonly #server: Server;
  readonly #outputRoot: string;
  readonly #own: boolean;

  /** Made by `connect`. */
  constructor(server: Server, outputRoot: string, own: boolean) {
    this.#server = server;
    this.#outputRoot = outputRoot;
    this.#own = own;
  }

  /**
   * Starts a run.
   *
   * @throws UserError naming everything that is wrong with the options or the configuration.
   */
  async startRun(options: RunOptions = {}): Promise<StartedRun> {
    const { workflowId, started } = await startOrFind(this.#server, configurationOf(options), options.name);
    return { run: runOf(workflowId), workflowId, started };
  }

  /**
   * Sends a decision: `{ decision: 'continue' }`, `{ decision: 'set', key: 'LEARNING_RATE', value: 1e-5 }`.
   *
   * @param by - Who decides, as the run's record and report tell it.
   * @returns What the run says to it.
   * @throws Refused with the run's reason, in `why`; UserError when there is no such run, or it has ended.
   */
  async decide(run: string, decision: GivenDecision, { by = 'library' }: { by?: string } = {}): Promise<string> {
    const { message } = await decideOn(await this.#known(run), this.#sources(), decision, by);
    return message;
  }

  /** Where a run stands. @throws UserError when there is no such run, or nobody can tell. */
  async progress(run: string): Promise<RunProgress> {
    return shown(await this.#stateOf(await this.#known(run)));
  }

  /** The same with every trial, decision and refusal: what `show --json` prints. */
  async state(run: string): Promise<RunView> {
    const known = await this.#known(run);
    const state = await this.#stateOf(known);
    const webUi = known.info ? runUrl(this.#server, known.workflowId) : null;
    const { root } = await layoutOf(state, this.#sources());
    return runView(state, { webUi, bytes: await diskBytes([root]) });
  }

  /** Every run, newest first. */
  async runs(): Promise<ListedRun[]> {
    return (await knownRuns(this.#sources())).map((known) => rowOf(known, this.#sources()));
  }

  /**
   * Follows a run: its progress now, then whenever it has changed, last as it ended. While nothing happens the server is
   * asked for nothing. While the run's workers are away it waits for them.
   *
   * @param signal - Aborted: it ends without an error.
   */
  async *watch(run: string, { signal }: { signal?: AbortSignal } = {}): AsyncGenerator<RunProgress, void, void> {
    const { workflowId, run: name } = await this.#known(run);
    const over = new AbortController();
    const either = AbortSignal.any([over.signal, ...(signal ? [signal] : [])]);
    const handle = this.#server.client.workflow.getHandle<typeof tuningRun>(workflowId);
    const history = new GrowingHistory(handle, either);
    let last = '';
    try {
      while (!either.aborted) {
        const grown = history.grown();
        const known = await this.#known(name);
        const goesOn = standingOf(known) === 'running';
        const progress = await this.#stateOf(known).then(shown, (error: unknown) => {
          // Its workers are away, or begin again: it goes on with them.
          if (goesOn && error instanceof UserError) return null;
          throw error;
        });
        const text = progress === null ? last : JSON.stringify(progress);
        if (progress && text !== last) yield progress;
        last = text;
        if (!goesOn) return;
        await pause(LOOK_EVERY_MS, either, grown);
      }
    } finally {
      over.abort();
    }
  }

  /** The report of a run; null while it has none on this machine. */
  async report(run: string): Promise<Report | null> {
    const { report } = await this.#stateOf(await this.#known(run));
    if (report === null) return null;
    const file = path.resolve(PROJECT_ROOT, report);
    const markdown = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    return markdown === null ? null : { path: file, markdown, html: file.replace(/\.md$/, '.html') };
  }

  /** Closes the connection, unless it is the application's own. */
  async close(): Promise<void> {
    if (this.#own) await closeServer(this.#server);
  }

  #sources(): Sources {
    return { server: this.#server, problem: null, outputRoot: this.#outputRoot };
  }

  async #known(run: string): Promise<KnownRun> {
    const known = findRun(await knownRuns(this.#sources()), run);
    // A run that the server lost can be read, but has nobody to speak with.
    if (!known.info && !known.record) serverFor(known, this.#sources());
    return known;
  }

  #stateOf(known: KnownRun): Promise<RunState> {
    return stateOf(known, this.#sources(), (why) => {
      throw new UserError(why, 1);
    });
  }
}

const shown = (state: RunState): RunProgress => shownProgress(metricOf(state), progressOf(state));
