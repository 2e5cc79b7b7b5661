/**
 * The dashboard's page on states of real runs that were recorded (fixtures/), with the server's own files, headers and
 * charts. Tests change the states and see what the page makes of it, and what it sends.
 */
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pageHeaders } from '../../../src/dashboard/access.ts';
import { answerChart } from '../../../src/dashboard/charts/charts.ts';
import type { Curve } from '../../../src/dashboard/curves.ts';
import { asset, matching, page } from '../../../src/dashboard/files.ts';
import type { RunRow, RunView } from '../../../src/dashboard/runs.ts';
import type { Gate } from '../../../src/domain/inbox.ts';
import { catalogueFiles } from '../../../src/words/catalogue.ts';

export interface Recorded {
  view: RunView;
  curves: Record<string, Curve>;
}

/** A run as it was recorded: a copy, free to be changed. */
export const recorded = (name: 'ended' | 'better' | 'long'): Recorded =>
  JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8')) as Recorded;

/** The same run as it was after so many of its trials, with this question open. */
export function halfway(name: Parameters<typeof recorded>[0], trials: number, gate: Partial<Gate> | null): Recorded {
  const { view, curves } = recorded(name);
  const done = view.trials.slice(0, trials);
  const best = done.findLast(({ accepted }) => accepted)!;
  const { key, round } = done.at(-1)!;
  const open = gate && {
    id: 'round-1',
    kind: 'round' as const,
    key: key!,
    valueFor: key!,
    keeps: [],
    round: round ?? 1,
    deadline: null,
    ...gate,
  };
  return {
    curves,
    view: {
      ...view,
      status: 'running',
      phase: 'tuning',
      key,
      round: round ?? 1,
      trials: done,
      best: { trial: best.id, score: best.result!.score, values: best.values },
      gate: open,
      search: { ...view.search, spent: Math.floor(view.search.pool / 2) },
      estimate: view.estimate && {
        ...view.estimate,
        tookSeconds: null,
        left: { ...view.estimate.first, seconds: { low: 110, middle: 170, high: 260 } },
      },
      keys: view.keys.map((one) => ({ ...one, open: true })),
      confirmation: null,
      verdict: null,
      published: null,
      bestModel: null,
      report: null,
      reportUrl: null,
    },
  };
}

/** The same run while its trial of this number trains. */
export function inTraining(name: Parameters<typeof recorded>[0], number: number): Recorded {
  const { view, curves } = halfway(name, number - 1, null);
  const trial = recorded(name).view.trials[number - 1]!;
  const { id: _id, result: _result, failure: _failure, delta: _delta, accepted: _accepted, ...asInHand } = trial;
  const pointer = { pid: 1, phase: 'train', step: 5, totalSteps: 40, epoch: 1.5, loss: 1.2, learningRate: 2e-5 };
  const { [trial.id]: _later, ...before } = curves;
  return {
    curves: before,
    view: {
      ...view,
      inHand: [asInHand],
      training: [
        {
          ...pointer,
          pairsPerSecond: 31,
          etaSeconds: 74,
          devScore: null,
          resumedFrom: null,
          number,
          dir: trial.id,
          trainSeconds: 12,
        },
      ],
    },
  };
}

/** Under another name. */
export const named = (run: string, { view, curves }: Recorded): Recorded => ({ curves, view: { ...view, run } });

export class FixtureServer {
  readonly runs = new Map<string, Recorded>();
  /** What the page sent: path and body. */
  readonly sent: { method: string; path: string; body: unknown }[] = [];
  canChange = true;
  /** How a decision is answered. */
  answer: { status: 200 | 409; text: string } = { status: 200, text: 'goes on' };
  readonly #feeds = new Set<{ run: string | null; send: (event: string, data: unknown) => void; end: () => void }>();
  #server: Server | null = null;
  #port = 0;

  put(recording: Recorded): void {
    this.runs.set(recording.view.run, recording);
    this.tell(recording.view.run, 'run', recording.view);
    this.tell(null, 'runs', { runs: this.#rows(), problem: null });
  }

  tell(run: string | null, event: string, data: unknown): void {
    for (const feed of this.#feeds) if (feed.run === run) feed.send(event, data);
  }

  /** Pages that hold a stream of events. */
  get streams(): number {
    return this.#feeds.size;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Listens; after `stop` at the same port again. */
  async start(): Promise<this> {
    const server = createAdaptorServer({ fetch: this.#app().fetch }) as Server;
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
    return this;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    for (const feed of this.#feeds) feed.end();
    await new Promise<void>((resolve) => {
      server!.close(() => resolve());
      server!.closeAllConnections();
    });
  }

  #rows(): RunRow[] {
    return [...this.runs.values()].map(({ view }) => ({
      run: view.run,
      status: view.status,
      tuning: view.gate ? 'waiting' : view.status === 'running' ? view.phase : view.status,
      best: view.best?.score ?? null,
      metric: view.metric ?? null,
      started: '2026-11-29T00:30:20.000Z',
      bytes: view.bytes,
      gate: view.gate !== null,
    }));
  }

  #app(): Hono {
    const app = new Hono();
    const found = (run: string) => this.runs.get(run);
    app.use(pageHeaders);
    for (const address of ['/', '/run/:run', '/compare/:a/:b']) app.get(address, page);
    app.get('/words/matching.mjs', matching);
    app.get('/assets/*', (context) => asset(context, context.req.path.slice('/assets/'.length)));
    app.get('/api/session', (context) => context.json({ canChange: this.canChange, version: '0.7.0' }));
    app.get('/api/words', (context) =>
      context.json({ language: 'en', zh: Object.assign({}, ...catalogueFiles().map(({ texts }) => texts)) }),
    );
    app.get('/api/runs', (context) => context.json({ runs: this.#rows(), problem: null }));
    const stream = (context: Context, run: string | null, first: [string, unknown]) =>
      streamSSE(context, async (sse) => {
        let end = () => {};
        const ended = new Promise<void>((resolve) => (end = resolve));
        const feed = {
          run,
          send: (event: string, data: unknown) => void sse.writeSSE({ event, data: JSON.stringify(data) }),
          end,
        };
        this.#feeds.add(feed);
        sse.onAbort(end);
        feed.send(...first);
        await ended;
        this.#feeds.delete(feed);
      });
    app.get('/api/events', (context) => stream(context, null, ['runs', { runs: this.#rows(), problem: null }]));
    app.use('/api/runs/:run/*', async (context, next) =>
      found(context.req.param('run'))
        ? next()
        : context.json({ error: `there is no run ${context.req.param('run')}` }, 404),
    );
    app.get('/api/runs/:run', (context) => {
      const run = found(context.req.param('run'));
      return run ? context.json(run.view) : context.json({ error: `there is no run ${context.req.param('run')}` }, 404);
    });
    app.get('/api/runs/:run/curves', (context) => context.json(found(context.req.param('run'))!.curves));
    app.get('/api/runs/:run/events', (context) => {
      const run = context.req.param('run');
      return stream(context, run, ['run', found(run)!.view]);
    });
    app.get('/api/runs/:run/charts/:file', (context) =>
      answerChart(context, () => Promise.resolve(found(context.req.param('run'))!.view)),
    );
    app.get('/api/runs/:run/report', (context) =>
      context.html('<!doctype html><html lang="en"><title>Report</title><h1>Report</h1></html>'),
    );
    app.on(['POST', 'DELETE'], '*', async (context, next) => {
      const text = await context.req.text();
      this.sent.push({
        method: context.req.method,
        path: context.req.path,
        body: text === '' ? null : JSON.parse(text),
      });
      if (context.req.header('x-tuning') !== '1') return context.json({ error: 'no X-Tuning: 1' }, 401);
      return next();
    });
    app.post('/api/runs/:run/decisions', (context) => {
      const { status, text } = this.answer;
      return context.json(status === 200 ? { message: text } : { error: text }, status);
    });
    app.post('/api/runs/:run/notes', async (context) => {
      const { view } = found(context.req.param('run'))!;
      const note = {
        ...(this.sent.at(-1)!.body as { trial: number | null; text: string }),
        id: `note-${view.notesOfPeople.length + 1}`,
        at: Date.parse('2026-11-29T01:00:00.000Z'),
      };
      view.notesOfPeople.push(note);
      return context.json(note, 201);
    });
    app.delete('/api/runs/:run/notes/:id', (context) => {
      const { view } = found(context.req.param('run'))!;
      view.notesOfPeople = view.notesOfPeople.filter(({ id }) => id !== context.req.param('id'));
      return context.body(null, 204);
    });
    return app;
  }
}
