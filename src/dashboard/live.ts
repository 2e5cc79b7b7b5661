/** Watching runs for whoever looks: one watch a run however many look, begun by the first and ended with the last. */
import { pause } from '../processes/pause.ts';
import { GrowingHistory } from '../runs/growingHistory.ts';
import { standingOf } from '../runs/knownRuns.ts';
import type { Handle } from '../runs/sending.ts';
import { UserError } from '../runs/userError.ts';
import { written } from './feed.ts';
import type { FeedEvent, Send } from './feed.ts';
import { LiveSteps } from './liveSteps.ts';
import { NoSuchRun, handleOf } from './runs.ts';
import type { FoundRun, RunView, Runs } from './runs.ts';
import type { RunList } from './told.ts';

/** Steps are looked for this often in files of this machine. */
const STEPS_EVERY_MS = 200;
/** Which trainings run is asked of the server. */
const POINTERS_EVERY_MS = 500;
/** A burst of events is one piece of news. */
const AGAIN_AFTER_MS = 150;
/** Without news from the server: notes by others, reports, a worker that came back. */
const AGAIN_AT_LATEST_MS = 10_000;
/** Nobody tells when the server comes back. */
const AGAIN_WHEN_AWAY_MS = 2000;
const LIST_EVERY_MS = 1000;

abstract class Watch {
  protected readonly lookers = new Set<Send>();
  #over: AbortController | null = null;

  get isWatched(): boolean {
    return this.lookers.size > 0;
  }

  /** Tells `send` what is known and then what is new; returns what ends that. */
  join(send: Send): () => void {
    this.lookers.add(send);
    this.welcome(send);
    if (!this.#over) {
      this.#over = new AbortController();
      void this.watch(this.#over.signal);
    }
    return () => {
      this.lookers.delete(send);
      if (this.lookers.size > 0) return;
      this.#over?.abort();
      this.#over = null;
      this.forget();
    };
  }

  protected tell: Send = (event) => this.lookers.forEach((send) => send(event));
  protected abstract welcome(send: Send): void;
  protected abstract forget(): void;
  /** Until the signal; never rejects. */
  protected abstract watch(signal: AbortSignal): Promise<void>;
}

class RunWatch extends Watch {
  readonly #runs: Runs;
  readonly #run: string;
  readonly #onError: (error: unknown) => void;
  #view: { view: RunView; news: FeedEvent; mark: string } | null = null;
  #found: FoundRun | null = null;
  #steps = new LiveSteps();
  #poke = () => {};

  constructor(runs: Runs, run: string, onError: (error: unknown) => void) {
    super();
    this.#runs = runs;
    this.#run = run;
    this.#onError = onError;
  }

  /** Something changed that no history tells: it is looked at once. */
  poke(): void {
    this.#poke();
  }

  protected override welcome(send: Send): void {
    if (this.#view) send(this.#view.news);
    for (const step of this.#steps.newest()) send(written({ event: 'step', data: step }));
  }

  protected override forget(): void {
    this.#view = null;
    this.#found = null;
    this.#steps = new LiveSteps();
  }

  protected override async watch(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#watchRun(signal), this.#watchSteps(signal)]);
  }

  async #watchRun(signal: AbortSignal): Promise<void> {
    let history: GrowingHistory | null = null;
    while (!signal.aborted) {
      // Both before the look, so that nothing that comes during it is missed.
      const grown = history?.grown();
      const poked = new Promise<void>((resolve) => (this.#poke = resolve));
      const told = await this.#look(signal);
      await pause(AGAIN_AFTER_MS, signal);
      const handle = this.#runningHandle();
      const isNew = handle !== null && history === null;
      history = handle && (history ?? new GrowingHistory(handle, signal));
      // What came since the first look is not waited for.
      if (isNew) continue;
      await pause(told ? AGAIN_AT_LATEST_MS : AGAIN_WHEN_AWAY_MS, signal, poked, ...(grown ? [grown] : []));
    }
  }

  #runningHandle(): Handle | null {
    if (!this.#found || standingOf(this.#found.known) !== 'running') return null;
    return handleOf(this.#found.known, this.#found.sources);
  }

  /** False when something could not be told. */
  async #look(signal: AbortSignal): Promise<boolean> {
    try {
      const found = await this.#runs.found(this.#run);
      const view = await this.#runs.view(found);
      if (signal.aborted) return true;
      this.#found = found;
      this.#keep(view);
      return view.problem === null;
    } catch (error) {
      if (signal.aborted) return true;
      if (error instanceof NoSuchRun) this.tell(written({ event: 'gone', data: {} }));
      // What was seen last stays, with why it is not news.
      else if (error instanceof UserError && this.#view) this.#keep({ ...this.#view.view, problem: error.message });
      else this.#onError(error);
      return false;
    }
  }

  /** Tells a view that differs from the last; facts of trainings that heartbeats tell come as steps. */
  #keep(view: RunView): void {
    const trainings = view.training.map(({ dir, phase }) => `${dir} ${phase}`);
    const mark = JSON.stringify({ ...view, training: trainings });
    if (this.#view?.mark === mark) return;
    this.#view = { view, news: written({ event: 'run', data: view }), mark };
    this.tell(this.#view.news);
  }

  async #watchSteps(signal: AbortSignal): Promise<void> {
    let asked = 0;
    let trainings = '';
    while (!signal.aborted) {
      try {
        const found = this.#found;
        if (found && Date.now() - asked >= POINTERS_EVERY_MS) {
          asked = Date.now();
          const { running, waiting } = await this.#runs.trainings(found);
          if (signal.aborted) return;
          this.#steps.follow(found, running);
          const now = [...running.map(({ dir, phase }) => `${dir} ${phase}`), ...waiting].join();
          if (now !== trainings) this.poke();
          trainings = now;
        }
        if (found) for (const told of await this.#steps.read()) if (!signal.aborted) this.tell(written(told));
      } catch (error) {
        this.#onError(error);
      }
      await pause(STEPS_EVERY_MS, signal);
    }
  }
}

class ListWatch extends Watch {
  readonly #runs: Runs;
  readonly #onError: (error: unknown) => void;
  #last: FeedEvent | null = null;

  constructor(runs: Runs, onError: (error: unknown) => void) {
    super();
    this.#runs = runs;
    this.#onError = onError;
  }

  protected override welcome(send: Send): void {
    if (this.#last) send(this.#last);
  }

  protected override forget(): void {
    this.#last = null;
  }

  protected override async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const list = await this.#runs.list();
        if (!signal.aborted) this.#keep(list);
      } catch (error) {
        this.#onError(error);
      }
      await pause(LIST_EVERY_MS, signal);
    }
  }

  #keep(list: RunList): void {
    const news = written({ event: 'runs', data: list });
    if (this.#last?.data === news.data) return;
    this.#last = news;
    this.tell(news);
  }
}

/** All watches of one dashboard. */
export class Live {
  readonly #runs: Runs;
  readonly #onError: (error: unknown) => void;
  readonly #watches = new Map<string, RunWatch>();
  readonly #list: ListWatch;

  /** @param onError - Told of what goes wrong; watches go on. */
  constructor(runs: Runs, onError: (error: unknown) => void) {
    this.#runs = runs;
    this.#onError = onError;
    this.#list = new ListWatch(runs, onError);
  }

  /** How many runs are watched now. */
  get watched(): number {
    return this.#watches.size;
  }

  list(send: Send): () => void {
    return this.#list.join(send);
  }

  run(run: string, send: Send): () => void {
    const watch = this.#watches.get(run) ?? new RunWatch(this.#runs, run, this.#onError);
    this.#watches.set(run, watch);
    const leave = watch.join(send);
    return () => {
      leave();
      if (!watch.isWatched) this.#watches.delete(run);
    };
  }

  /** A run changed in a way that its history does not tell. */
  poke(run: string): void {
    this.#watches.get(run)?.poke();
  }
}
