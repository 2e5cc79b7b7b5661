/** Following a run: its progress as it happens, its questions, its end. Any number of clients may follow one run. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowExecutionDescription } from '@temporalio/client';
import type { RunProgress } from '../domain/progress.ts';
import type { Trial } from '../domain/trials.ts';
import { GrowingHistory } from '../runs/growingHistory.ts';
import type { Handle } from '../runs/sending.ts';
import { trainingsOf } from '../runs/trainingPointers.ts';
import type { Trainings } from '../runs/trainingPointers.ts';
import type { Before } from '../runs/waitingTrainings.ts';
import { refusalOf, trainingsBefore, waitingTraining } from '../runs/waitingTrainings.ts';
import { progressQuery, stateQuery } from '../workflows/messages.ts';
import { askAtGate, question } from './gatePrompt.ts';
import { endOf } from './outcome.ts';
import type { Ended } from './outcome.ts';
import { plain, styled } from './screen.ts';
import type { Screen } from './screen.ts';
import { NOWHERE, closingLines, failedLines } from './terminal/ending.ts';
import type { Addresses } from './terminal/ending.ts';
import { liveBlock } from './terminal/liveBlock.ts';
import type { LiveFacts } from './terminal/liveBlock.ts';
import { phaseText } from './terminal/phases.ts';
import { questionCard } from './terminal/questionCard.ts';
import { adviserLines, dataLines, expectationLines, noteLines } from './terminal/startLines.ts';
import { trialLines } from './terminal/trialLines.ts';
import { isLog, labelled, wrapped } from './terminal/view.ts';
import { told } from './terminal/words.ts';
import { t } from '../words/catalogue.ts';

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
export async function follow(handle: Handle, screen: Screen, addresses: Addresses = NOWHERE): Promise<Ended | null> {
  const leaving = new AbortController();
  const onInterrupt = () => leaving.abort();
  process.once('SIGINT', onInterrupt);
  const ending: { outcome: Ended | null } = { outcome: null };
  const end = endOf(handle).then((outcome) => (ending.outcome = outcome));
  const follower = new Follower(handle, screen, addresses, leaving);
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
  readonly #addresses: Addresses;
  readonly #leaving: AbortController;
  /** When the run began; until that is known, when it was first looked at. */
  #since = Date.now();
  /** Trials that have ended, as they were known when so many had; the number of the last one that was shown. */
  #trials: Trial[] = [];
  #done = -1;
  #last = 0;
  /** What the live block was last made from. */
  #facts: LiveFacts | null = null;
  #answered = Date.now();
  #asked = 0;
  /** How far the history was when the worker told its progress, and what it told. */
  #known: { mark: string; progress: RunProgress } | null = null;
  #told = new Set<string>();
  /** Trainings of other runs before the one that waits, when they were last counted. */
  #before: (Before & { at: number }) | null = null;
  #prompt: { gate: string; abort: AbortController } | null = null;

  constructor(handle: Handle, screen: Screen, addresses: Addresses, leaving: AbortController) {
    this.#handle = handle;
    this.#screen = screen;
    this.#addresses = addresses;
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
    const view = this.#screen.view();
    this.#tellOnce('data', dataLines(progress, view));
    this.#tellOnce('adviser', adviserLines(progress, view));
    this.#tellOnce('expected', expectationLines(progress, view));
    if (isLog(view) && progress.status === 'running') this.#tellOnce(phaseText(progress), [`· ${phaseText(progress)}`]);
    await this.#showTrials(progress);
    progress.notes.forEach((note) => this.#tellOnce(`note ${note}`, noteLines(note, view)));
    if (progress.gate) this.#askAbout(progress);
    else this.#endPrompt(t`answered elsewhere`);
    if (this.#prompt || isLog(view)) return;
    const trainings = await trainingsOf(this.#handle.client, description, progress.inHand ?? []);
    const notices = await this.#waiting(description, trainings);
    this.#draw({
      progress,
      trials: this.#trials,
      pointers: trainings.running,
      waiting: trainings.waiting,
      elapsedSeconds: (Date.now() - this.#since) / 1000,
      notices,
    });
  }

  /** The newest facts; while nobody answers, the last ones stay, with the reason. */
  #draw(facts: LiveFacts): void {
    this.#facts = facts;
    this.#screen.live((view) => liveBlock(facts, view));
  }

  async finish({ progress, error, failure }: Ended): Promise<void> {
    this.#endPrompt(t`the run has ended`);
    this.#screen.clear();
    if (progress) await this.#showTrials(progress);
    const view = this.#screen.view();
    this.#screen.lines(progress ? closingLines(progress, view, this.#addresses) : failedLines(error, failure, view));
    this.#screen.ring();
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
      if (Date.now() - this.#answered > SILENT_AFTER_MS) this.#tellSilence();
      return null;
    }
  }

  #tellSilence(): void {
    if (this.#prompt) return;
    const silence = t`waiting for the server or a worker (\`npm run status\` tells which is missing) …`;
    if (this.#facts) this.#draw({ ...this.#facts, pointers: [], waiting: [], notices: [silence] });
    else this.#screen.live((view) => wrapped(silence, view));
  }

  async #showTrials(progress: RunProgress): Promise<void> {
    const done = progress.trials.trained + progress.trials.failed + progress.trials.pruned;
    if (done === this.#done) return;
    const state = await this.#handle.query(stateQuery).catch(() => null);
    if (!state) return;
    this.#done = done;
    this.#since = state.startedAt || this.#since;
    this.#trials = state.trials;
    const fresh = state.trials.filter(({ number }) => number > this.#last);
    this.#last = fresh.at(-1)?.number ?? this.#last;
    const view = this.#screen.view();
    this.#screen.lines(
      fresh.flatMap((trial) =>
        trialLines(trial, progress.metric, view, { adviser: progress.adviser, trials: state.trials }),
      ),
    );
  }

  #askAbout(progress: RunProgress): void {
    const gate = progress.gate!;
    if (!this.#screen.interactive) {
      const command = `npm run decide -- ${progress.run}`;
      this.#tellOnce(`gate ${gate.id}`, [
        ...questionCard(progress, gate, this.#screen.view()),
        t`${question(gate)} Answer with: ${command} continue | stop-round | stop-parameter | stop-run | stop-now | set KEY=VALUE | key KEY | repeat`,
      ]);
      return;
    }
    if (this.#prompt?.gate === gate.id) return;
    this.#endPrompt('');
    this.#screen.clear();
    const abort = new AbortController();
    this.#prompt = { gate: gate.id, abort };
    this.#screen.lines(questionCard(progress, gate, this.#screen.view()));
    this.#screen.ring();
    askAtGate(this.#handle, gate, { output: this.#screen.stream, signal: abort.signal })
      .then((message) => this.#screen.line(styled('dim', `  ${told(message)}`)))
      .catch((error: unknown) => {
        // By name: the prompt library brings its own copy of these classes.
        const name = error instanceof Error ? error.name : '';
        if (name === 'ExitPromptError') this.#leaving.abort();
        else if (name !== 'AbortPromptError')
          this.#screen.line(
            styled('yellow', `  ${t`the answer could not be sent (${plain(String(error))}); it is asked again`}`),
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

  /** Why no training begins: no slot is free, or the workers that were asked refused. Behind one of its own a run does not wait for others. */
  async #waiting(description: WorkflowExecutionDescription | null, { running, waiting }: Trainings): Promise<string[]> {
    const refusal = refusalOf(description);
    if (refusal !== null)
      this.#tellOnce(
        `refused ${refusal}`,
        labelled(t`refused`, t`by a worker: ${told(refusal)}`, this.#screen.view()).map((line) =>
          styled('yellow', line),
        ),
      );
    const training = waitingTraining(description);
    const looks = '`npm run status`';
    const alone = t`waits for a free slot for trainings (${looks} shows the workers)`;
    if (!training) {
      this.#before = null;
      // A worker has taken it, and has its slots busy with other work.
      return running.length === 0 && waiting.length > 0 ? [alone] : [];
    }
    const known = this.#before;
    if (!known || Date.now() - known.at > Math.max(COUNT_EVERY_MS, known.runs * COUNT_AGAIN_MS_EACH))
      this.#before = {
        at: Date.now(),
        ...(await trainingsBefore(this.#handle.client, training, this.#handle.workflowId).catch(() => NOBODY)),
      };
    const { trainings, more } = this.#before!;
    if (trainings === 0) return running.length > 0 ? [] : [alone];
    return [
      more
        ? t`waits for a free slot for trainings: at least ${trainings} of other runs are before it (${looks} shows the workers)`
        : t`waits for a free slot for trainings: ${trainings} of other runs are before it (${looks} shows the workers)`,
    ];
  }

  #tellOnce(what: string, lines: readonly string[]): void {
    if (lines.length === 0 || this.#told.has(what)) return;
    this.#told.add(what);
    this.#screen.lines(lines);
  }
}
