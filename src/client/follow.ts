/** Following a run: its progress as it happens, its questions, its end. Any number of clients may follow one run. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowExecutionDescription } from '@temporalio/client';
import type { RunProgress } from '../domain/progress.ts';
import type { Trial } from '../domain/trials.ts';
import { progressQuery, stateQuery } from '../workflows/messages.ts';
import { GrowingHistory } from './growingHistory.ts';
import { askAtGate, question } from './gatePrompt.ts';
import type { Handle } from './sending.ts';
import type { Before } from './waitingTrainings.ts';
import { refusalOf, trainingsBefore, waitingTraining } from './waitingTrainings.ts';
import { dataLine, closingLines, expectationLines, liveBlock, trialLines } from './liveView.ts';
import { endOf } from './outcome.ts';
import type { Ended } from './outcome.ts';
import { plain, styled } from './screen.ts';
import { trainingPointers } from './trainingPointers.ts';
import type { Screen } from './screen.ts';

/** Facts of a training that runs come with its heartbeats, which are no events: on a terminal they are looked for. */
const DRAW_EVERY_MS = 1000;
/** All else is news that the server tells. Without any it is looked this often, and a worker asked, to notice who is away. */
const LOOK_EVERY_MS = 10_000;
/** A burst of events is one piece of news. */
const LOOK_AGAIN_AFTER_MS = 300;
/** Every other run is asked for it, so where many wait they count more rarely. */
const COUNT_EVERY_MS = 10_000;
const COUNT_AGAIN_MS_EACH = 2000;
const NOBODY: Before = { trainings: 0, runs: 0, more: false };
/** Without an answer for this long, the person is told that no worker serves the run. */
const SILENT_AFTER_MS = 15_000;

/** Follows until the run ends (its end) or the person leaves with Ctrl-C (null). */
export async function follow(handle: Handle, screen: Screen): Promise<Ended | null> {
  const leaving = new AbortController();
  const onInterrupt = () => leaving.abort();
  process.once('SIGINT', onInterrupt);
  const ending: { outcome: Ended | null } = { outcome: null };
  const end = endOf(handle).then((outcome) => (ending.outcome = outcome));
  const follower = new Follower(handle, screen, leaving);
  const over = new AbortController();
  const history = new GrowingHistory(handle, AbortSignal.any([leaving.signal, over.signal]));
  /** Until one of these, the person's leaving, or the end of the time; its timer goes with it. */
  const either = async (ms: number, ...news: Promise<unknown>[]) => {
    const rest = new AbortController();
    const signal = AbortSignal.any([leaving.signal, rest.signal]);
    await Promise.race([end, ...news, sleep(ms, undefined, { signal }).catch(() => {})]);
    rest.abort();
  };
  try {
    while (!ending.outcome && !leaving.signal.aborted) {
      const grown = history.grown();
      await follower.look();
      await either(LOOK_AGAIN_AFTER_MS);
      await either(follower.draws ? DRAW_EVERY_MS : LOOK_EVERY_MS, grown);
    }
    if (leaving.signal.aborted) return null;
    const outcome = await end;
    await follower.finish(outcome);
    return outcome;
  } finally {
    process.off('SIGINT', onInterrupt);
    over.abort();
    follower.close();
  }
}

class Follower {
  readonly #handle: Handle;
  readonly #screen: Screen;
  readonly #leaving: AbortController;
  readonly #since = Date.now();
  /** Trials that were shown, and the number of the last one: a fork may have left numbers out. */
  #shown = 0;
  #last = 0;
  #answered = Date.now();
  #asked = 0;
  /** How far the history was when the worker told its progress, and what it told. */
  #known: { mark: string; progress: RunProgress } | null = null;
  #told = new Set<string>();
  /** Trainings of other runs before the one that waits, when they were last counted. */
  #before: (Before & { at: number }) | null = null;
  #prompt: { gate: string; abort: AbortController } | null = null;

  constructor(handle: Handle, screen: Screen, leaving: AbortController) {
    this.#handle = handle;
    this.#screen = screen;
    this.#leaving = leaving;
  }

  /** Whether there is a live block to be drawn: not while a question stands in its place. */
  get draws(): boolean {
    return Boolean(this.#screen.stream.isTTY) && this.#prompt === null;
  }

  /** One look: new trials leave a line, the live block is drawn, an open question is asked. */
  async look(): Promise<void> {
    const description = await this.#handle.describe().catch(() => null);
    const progress = await this.#progressAt(description && `${description.runId} ${description.historyLength}`);
    if (!progress) return;
    this.#tellOnce('data', dataLine(progress));
    this.#tellOnce('adviser', progress.adviser && `Adviser: ${plain(progress.adviser.note)}`);
    for (const line of expectationLines(progress)) this.#tellOnce(`expected ${line}`, line);
    await this.#showTrials(progress);
    progress.notes.forEach((note) => this.#tellOnce(`note ${note}`, styled('yellow', `  note: ${plain(note)}`)));
    if (progress.gate) this.#askAbout(progress);
    else this.#endPrompt('answered elsewhere');
    if (!this.#prompt)
      this.#screen.live(
        progress.paused
          ? 'paused: `npm run decide -- RUN resume` goes on'
          : [
              liveBlock(
                progress,
                await trainingPointers(this.#handle.client, description),
                (Date.now() - this.#since) / 1000,
              ),
              ...(await this.#waiting(description)),
            ].join('\n'),
      );
  }

  async finish({ progress, error }: Ended): Promise<void> {
    this.#endPrompt('the run has ended');
    this.#screen.clear();
    if (progress) {
      await this.#showTrials(progress);
      closingLines(progress).forEach((line) => this.#screen.line(line));
    } else this.#screen.line(styled('red', `Run failed: ${plain(error ?? 'unknown reason')}`));
  }

  close(): void {
    this.#endPrompt('');
    this.#screen.clear();
  }

  /** Progress changes with the history alone; the server knows its length without asking a worker. */
  async #progressAt(mark: string | null): Promise<RunProgress | null> {
    if (this.#known && this.#known.mark === mark && Date.now() - this.#asked < LOOK_EVERY_MS)
      return this.#known.progress;
    this.#asked = Date.now();
    try {
      const progress = await this.#handle.query(progressQuery);
      this.#answered = Date.now();
      this.#known = mark === null ? null : { mark, progress };
      return progress;
    } catch {
      this.#known = null;
      if (Date.now() - this.#answered > SILENT_AFTER_MS)
        this.#screen.live('waiting for the server or a worker (`npm run status` tells which is missing) …');
      return null;
    }
  }

  async #showTrials(progress: RunProgress): Promise<void> {
    const done = progress.trials.trained + progress.trials.failed + progress.trials.pruned;
    if (done <= this.#shown) return;
    const trials: Trial[] =
      done === this.#shown + 1 && progress.lastTrial
        ? [progress.lastTrial]
        : ((await this.#handle.query(stateQuery).catch(() => null))?.trials ?? []).filter(
            ({ number }) => number > this.#last,
          );
    if (trials.length === 0) return;
    this.#shown = done;
    this.#last = trials.at(-1)!.number;
    trials.flatMap((trial) => trialLines(trial, progress.metric)).forEach((line) => this.#screen.line(line));
  }

  #askAbout(progress: RunProgress): void {
    const gate = progress.gate!;
    if (!this.#screen.interactive) {
      this.#tellOnce(
        `gate ${gate.id}`,
        `${question(gate)} Answer with: npm run decide -- ${progress.run} continue | stop-round | stop-parameter | stop-run | stop-now | set KEY=VALUE | key KEY | repeat`,
      );
      return;
    }
    if (this.#prompt?.gate === gate.id) return;
    this.#endPrompt('');
    this.#screen.clear();
    const abort = new AbortController();
    this.#prompt = { gate: gate.id, abort };
    askAtGate(this.#handle, gate, { output: this.#screen.stream, signal: abort.signal })
      .then((message) => this.#screen.line(styled('dim', `  ${plain(message)}`)))
      .catch((error: unknown) => {
        // By name: the prompt library brings its own copy of these classes.
        const name = error instanceof Error ? error.name : '';
        if (name === 'ExitPromptError') this.#leaving.abort();
        else if (name !== 'AbortPromptError')
          this.#screen.line(
            styled('yellow', `  the answer could not be sent (${plain(String(error))}); it is asked again`),
          );
      })
      .finally(() => {
        if (this.#prompt?.abort === abort) this.#prompt = null;
      });
  }

  #endPrompt(why: string): void {
    if (!this.#prompt) return;
    this.#prompt.abort.abort();
    this.#prompt = null;
    if (why) this.#screen.line(styled('dim', `\n  ${why}`));
  }

  /** Why a training does not begin: no slot is free, or the workers that were asked refused. */
  async #waiting(description: WorkflowExecutionDescription | null): Promise<string[]> {
    const refusal = refusalOf(description);
    if (refusal !== null)
      this.#tellOnce(`refused ${refusal}`, styled('yellow', `  a worker refused: ${plain(refusal)}`));
    const training = waitingTraining(description);
    if (!training) {
      this.#before = null;
      return [];
    }
    const known = this.#before;
    if (!known || Date.now() - known.at > Math.max(COUNT_EVERY_MS, known.runs * COUNT_AGAIN_MS_EACH))
      this.#before = {
        at: Date.now(),
        ...(await trainingsBefore(this.#handle.client, training, this.#handle.workflowId).catch(() => NOBODY)),
      };
    const { trainings, more } = this.#before!;
    const others =
      trainings === 0 ? 'no training of another run is' : `${more ? 'at least ' : ''}${trainings} of other runs are`;
    const line = `waits for a free slot for trainings: ${others} before it (\`npm run status\` shows the workers)`;
    if (!this.#screen.interactive) this.#tellOnce(`waits ${trainings}`, `  ${line}`);
    return [`  ${line}`];
  }

  #tellOnce(what: string, line: string | null | undefined): void {
    if (!line || this.#told.has(what)) return;
    this.#told.add(what);
    this.#screen.line(line);
  }
}
