/** The dashboard: one local page over all runs, and what it is made from as JSON and as events. */
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import type { Context } from 'hono';
import { etag } from 'hono/etag';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import type { Server as HttpServer } from 'node:http';
import { UserError } from '../runs/userError.ts';
import { catalogueFiles, languageOf } from '../words/catalogue.ts';
import {
  hasToken,
  mayChange,
  pageHeaders,
  reportHeaders,
  smallBody,
  thisMachineOnly,
  tokenFromAddress,
} from './access.ts';
import { answerChart } from './charts/charts.ts';
import { Curves } from './curves.ts';
import { decide } from './decisions.ts';
import { feed } from './feed.ts';
import { asset, matching, page } from './files.ts';
import { Live } from './live.ts';
import { dropNote, writeNote } from './notes.ts';
import type { Reach } from './reach.ts';
import { NoSuchRun, Runs, reportOf } from './runs.ts';
import type { Session, Words } from './told.ts';

const LOOPBACK = '127.0.0.1';

export interface DashboardOptions {
  /** On loopback; 0 takes a free one. */
  port: number;
  token: string;
  reach: Reach;
  /** Release, as the page tells it. */
  version: string;
  /** Told of what goes wrong; the page goes on. */
  onError: (error: unknown) => void;
}

export interface Dashboard {
  /** Without the token. */
  url: string;
  /** How many runs are watched for whoever looks. */
  watched: () => number;
  /** Ends all connections, those of pages that look included. */
  close: () => Promise<void>;
}

/** @throws The error of `listen` when the port cannot be had. */
export async function startDashboard(options: DashboardOptions): Promise<Dashboard> {
  const stopped = new AbortController();
  const runs = new Runs(options.reach);
  const live = new Live(runs, options.onError);
  const app = routes(options, runs, live, stopped.signal);
  const server = createAdaptorServer({ fetch: app.fetch }) as HttpServer;
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(options.port, LOOPBACK, resolve));
  return {
    url: `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`,
    watched: () => live.watched,
    close: () =>
      new Promise((resolve) => {
        stopped.abort();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function routes({ token, version, onError }: DashboardOptions, runs: Runs, live: Live, stopped: AbortSignal): Hono {
  const app = new Hono();
  const curves = new Curves();
  const isReport = (context: Context) => /^\/api\/runs\/[^/]+\/report$/.test(context.req.path);
  app.use((context, next) => (isReport(context) ? reportHeaders : pageHeaders)(context, next));
  app.use(thisMachineOnly, tokenFromAddress(token));
  app.use('/api/*', async (context, next) => {
    await next();
    context.header('cache-control', 'no-store');
  });
  app.use('/assets/*', etag());
  app.use('/words/*', etag());
  app.on(['POST', 'PUT', 'PATCH', 'DELETE'], '*', mayChange(token), smallBody);

  for (const address of ['/', '/run/:run', '/compare/:a/:b']) app.get(address, page);
  app.get('/words/matching.mjs', matching);
  app.get('/assets/*', (context) => asset(context, context.req.path.slice('/assets/'.length)));

  app.get('/api/session', (context) =>
    context.json({ canChange: hasToken(context, token), version } satisfies Session),
  );
  app.get('/api/words', (context) =>
    context.json({
      language: languageOf(process.env),
      zh: Object.assign({}, ...catalogueFiles().map(({ texts }) => texts)) as Record<string, string>,
    } satisfies Words),
  );
  app.get('/api/runs', async (context) => context.json(await runs.list()));
  app.get('/api/events', (context) => feed(context, stopped, (send) => live.list(send)));
  app.get('/api/runs/:run', async (context) =>
    context.json(await runs.view(await runs.found(context.req.param('run')))),
  );
  app.get('/api/runs/:run/curves', async (context) => {
    const found = await runs.found(context.req.param('run'));
    const { running } = await runs.trainings(found);
    const trials = running.flatMap(({ dir }) => dir ?? []);
    return context.json(await curves.of(found, trials));
  });
  app.get('/api/runs/:run/events', async (context) => {
    const { known } = await runs.known(context.req.param('run'));
    return feed(context, stopped, (send) => live.run(known.run, send));
  });
  app.get('/api/runs/:run/charts/:file', (context) =>
    answerChart(context, async () => runs.view(await runs.found(context.req.param('run')))),
  );
  app.get('/api/runs/:run/report', async (context) => {
    const { known, state } = await runs.found(context.req.param('run'));
    const file = await reportOf(state);
    if (!file) return context.json({ error: `${known.run} has no report yet` }, 404);
    return context.html(await readFile(file, 'utf8'));
  });
  app.post('/api/runs/:run/decisions', async (context) => {
    const run = context.req.param('run');
    const answer = await decide(context, runs, run);
    live.poke(run);
    return answer;
  });
  app.post('/api/runs/:run/notes', async (context) => {
    const run = context.req.param('run');
    const answer = await writeNote(context, runs, run);
    live.poke(run);
    return answer;
  });
  app.delete('/api/runs/:run/notes/:id', async (context) => {
    const { run, id } = context.req.param();
    const answer = await dropNote(context, runs, run, id);
    live.poke(run);
    return answer;
  });

  app.notFound((context) => context.json({ error: `there is no ${context.req.path.slice(0, 200)}` }, 404));
  app.onError((error, context) => {
    if (error instanceof NoSuchRun) return context.json({ error: error.message }, 404);
    if (error instanceof UserError) return context.json({ error: error.message }, 503);
    onError(error);
    return context.json({ error: 'this could not be done; the log of the dashboard tells why' }, 500);
  });
  return app;
}
