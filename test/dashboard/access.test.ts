/** Who may ask the dashboard for what; all of it while the Temporal server is away. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Dashboard } from '../../src/dashboard/server.ts';
import { dashboardToken } from '../../src/local/dashboardToken.ts';
import type { Server } from '../../src/runs/server.ts';
import { addTrial, diskRun, keepOnDisk } from '../activities/stage.ts';
import type { DiskRun } from '../activities/stage.ts';
import { Browser, TOKEN, ask, asPage, dashboardOver, post } from './stage.ts';

let disk: DiskRun;
let dashboard: Dashboard;
let name: string;
beforeEach(async () => {
  disk = diskRun();
  name = disk.state.run;
  addTrial(disk, 'aaaaaaaaaaaaaaaa', 0.6, { purpose: 'baseline', key: null });
  Object.assign(disk.state, { phase: 'ended', status: 'completed' });
  await keepOnDisk(disk.state, `tuning-${name}`);
  dashboard = await dashboardOver(path.join(disk.folder, 'models'));
});
afterEach(() => rmSync(disk.folder, { recursive: true }));

const notes = () => `/api/runs/${name}/notes`;
const note = { trial: 1, text: 'too good' };

describe('reading', () => {
  test('shows the run as its record has it, and says that the server is away', async () => {
    const { json } = await ask(dashboard, '/api/runs');
    expect(json.problem).toContain('down');
    expect(json.runs).toEqual([expect.objectContaining({ run: name, status: 'completed', best: 0.6, gate: false })]);
    const view = (await ask(dashboard, `/api/runs/${name}`)).json;
    expect(view).toMatchObject({
      run: name,
      best: { score: 0.6 },
      training: [],
      notesOfPeople: [],
      webUi: null,
      reportUrl: null,
      problem: expect.stringContaining('down'),
    });
    expect(view.trials).toHaveLength(1);
    expect(view.bytes).toBeGreaterThan(2_000_000);
    expect(view.keys).toContainEqual(expect.objectContaining({ key: 'LEARNING_RATE', default: 0.00002, open: false }));
  });

  test('files are counted now and then, not at each look, and again once a run is over', async () => {
    const bytes = async () => (await ask(dashboard, `/api/runs/${name}`)).json.bytes as number;
    await keepOnDisk({ ...disk.state, status: 'running' }, `tuning-${name}`);
    const before = await bytes();
    writeFileSync(path.join(disk.layout.root, 'more'), 'x'.repeat(1_000_000));
    expect(await bytes()).toBe(before);
    await keepOnDisk({ ...disk.state, status: 'completed' }, `tuning-${name}`);
    expect(await bytes()).toBeGreaterThan(before + 900_000);
  });

  test.each(['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example:8250', '[::2]'])(
    'is refused under the name %j',
    async (host) => {
      const { status, text } = await ask(dashboard, '/api/runs', { headers: { host } });
      expect(status).toBe(403);
      expect(text).not.toContain(name);
    },
  );

  test.each(['localhost', 'LOCALHOST:1', '[::1]:8250'])('is served under the name %s', async (host) => {
    expect((await ask(dashboard, '/api/runs', { headers: { host } })).status).toBe(200);
  });

  test.each([
    '..%2f..%2fetc',
    '..%2f..%2f..%2fetc%2fpasswd',
    'x/../../../etc',
    'a%00b',
    'x'.repeat(5000),
    '.index.sqlite',
  ])('a run called %s is none', async (run) => {
    for (const more of ['', '/curves', '/events', '/report']) {
      const { status, text } = await ask(dashboard, `/api/runs/${run}${more}`);
      expect([400, 404, 431]).toContain(status);
      expect(text).not.toContain('root:');
    }
  });

  test('no file beside those of the page is served', async () => {
    for (const asset of [
      '../server.ts',
      '..%2fserver.ts',
      '%2e%2e/server.ts',
      '.hidden',
      'uplot/../../package.json',
      '__proto__',
    ])
      expect((await ask(dashboard, `/assets/${asset}`)).status).toBe(404);
    const uplot = await ask(dashboard, '/assets/uplot.min.css');
    expect([uplot.status, uplot.headers['content-type']]).toEqual([200, 'text/css; charset=utf-8']);
    const again = { headers: { 'if-none-match': String(uplot.headers.etag) } };
    expect((await ask(dashboard, '/assets/uplot.min.css', again)).status).toBe(304);
  });

  test('every answer says what browsers may do with it; a report runs in an origin of its own', async () => {
    const policy = (answer: { headers: Record<string, unknown> }) => String(answer.headers['content-security-policy']);
    for (const address of ['/api/runs', '/assets/uplot.js', '/nothing', '/api/runs/none']) {
      const answer = await ask(dashboard, address);
      expect(policy(answer)).toMatch(/^default-src 'self'; /);
      expect(policy(answer)).not.toMatch(/unsafe-eval|script-src/);
      expect(answer.headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
      });
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
    const report = path.join(disk.folder, 'r.md');
    writeFileSync(report.replace('.md', '.html'), '<p>the report</p>');
    await keepOnDisk({ ...disk.state, report }, `tuning-${name}`);
    const { reportUrl } = (await ask(dashboard, `/api/runs/${name}`)).json;
    const answer = await ask(dashboard, reportUrl);
    expect([answer.status, answer.text]).toEqual([200, '<p>the report</p>']);
    expect(policy(answer)).toMatch(/^sandbox allow-scripts/);
    expect(policy(answer)).not.toContain('allow-same-origin');
  });
});

describe('the token', () => {
  test('in an address becomes a cookie of that port, for this site and no script, and leaves the address', async () => {
    const answer = await ask(dashboard, `/run/${name}?token=${TOKEN}&tab=2`);
    expect([answer.status, answer.headers.location]).toEqual([303, `/run/${name}?tab=2`]);
    expect(answer.headers['set-cookie']).toEqual([
      expect.stringMatching(
        new RegExp(`^tuning-token-${new URL(dashboard.url).port}=${TOKEN}; .*HttpOnly; SameSite=Strict$`),
      ),
    ]);
  });

  test.each(['//evil.example/x', '///evil.example/x', '/.//evil.example/x'])(
    'in the address %s leads to no other host',
    async (address) => {
      const { status, headers } = await ask(dashboard, `${address}?token=${TOKEN}`);
      expect([status, headers.location]).toEqual([303, '/evil.example/x']);
    },
  );

  test('that is wrong gives no cookie, and no right', async () => {
    const answer = await ask(dashboard, '/?token=wrong');
    expect([answer.status, answer.headers['set-cookie']]).toEqual([303, undefined]);
    expect((await ask(dashboard, '/api/session')).json).toEqual({ canChange: false, version: '0.0.0' });
    const headers = asPage(dashboard);
    expect((await ask(dashboard, '/api/session', { headers })).json.canChange).toBe(true);
    expect(
      (await ask(dashboard, '/api/session', { headers: { authorization: `Bearer ${TOKEN}` } })).json.canChange,
    ).toBe(true);
  });

  test('is made once, for its owner alone; what is no token is replaced', async () => {
    const file = path.join(disk.folder, 'state', 'dashboard-token');
    const [one, other] = await Promise.all([dashboardToken(file), dashboardToken(file)]);
    expect(other).toBe(one);
    expect(one).toMatch(/^[\w-]{43}$/);
    expect(await dashboardToken(file)).toBe(one);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    writeFileSync(file, 'x');
    expect(await dashboardToken(file)).toMatch(/^[\w-]{43}$/);
  });
});

describe('changing', () => {
  test.each<[string, (headers: Record<string, string>) => Record<string, string>, number]>([
    ['the token', ({ cookie: _, ...rest }) => rest, 401],
    ['the right token', (all) => ({ ...all, cookie: all['cookie']!.replace(TOKEN, 'b'.repeat(43)) }), 401],
    ["the token under this port's name", (all) => ({ ...all, cookie: `tuning-token-1=${TOKEN}` }), 401],
    ['the header that no form sends', ({ 'x-tuning': _, ...rest }) => rest, 403],
    ['its own origin', (all) => ({ ...all, origin: 'http://evil.example' }), 403],
    ['its own origin: that of another port is another', (all) => ({ ...all, origin: 'http://127.0.0.1:1' }), 403],
    ['its own origin: none is another', (all) => ({ ...all, origin: 'null' }), 403],
    ['a type that forms cannot send', (all) => ({ ...all, 'content-type': 'text/plain' }), 400],
  ])('is refused without %s', async (_what, change, status) => {
    const headers = change(asPage(dashboard));
    const answers = await Promise.all([
      post(dashboard, notes(), note, headers),
      post(dashboard, `/api/runs/${name}/decisions`, { decision: 'stop-now' }, headers),
    ]);
    expect(answers.map((answer) => answer.status)).toEqual([status, status]);
    expect((await ask(dashboard, `/api/runs/${name}`)).json.notesOfPeople).toEqual([]);
  });

  test('a body that is huge is refused before it is read, also without its length', async () => {
    const text = 'x'.repeat(10_000_000);
    expect((await post(dashboard, notes(), { trial: null, text })).status).toBe(413);
    const chunked = new ReadableStream({
      pull: (controller) => controller.enqueue(new TextEncoder().encode('x'.repeat(60_000))),
    });
    const answer = await fetch(`${dashboard.url}${notes()}`, {
      method: 'POST',
      headers: asPage(dashboard),
      body: chunked,
      duplex: 'half',
    } as RequestInit).catch(() => ({ status: 413 }));
    expect(answer.status).toBe(413);
    expect((await ask(dashboard, '/api/runs')).status).toBe(200);
  });

  test.each([
    [{ decision: 'dance' }, /decision/],
    [{ decision: 'continue', by: 'the boss' }, /by/],
    [{ decision: 'continue', id: 'x' }, /id/],
    [{}, /decision/],
    [[], /./],
    [{ decision: 'set', key: 'X', value: { a: 1 } }, /value/],
  ])('%j is no decision', async (body, why) => {
    const { status, json } = await post(dashboard, `/api/runs/${name}/decisions`, body);
    expect([status, json.error]).toEqual([400, expect.stringMatching(why)]);
  });

  test('a decision on a run that has ended, or while the server is away, is told why not', async () => {
    const { status, json } = await post(dashboard, `/api/runs/${name}/decisions`, { decision: 'continue' });
    expect([status, json.error]).toEqual([503, expect.stringContaining('has ended')]);
    expect((await post(dashboard, '/api/runs/none/decisions', { decision: 'continue' })).status).toBe(503);
  });

  test('notes are kept in the order in which they came, and go one by one', async () => {
    const made = await Promise.all(
      ['a', 'b', 'c'].map((text) => post(dashboard, notes(), { trial: text === 'b' ? 1 : null, text: ` ${text} ` })),
    );
    expect(made.map(({ status }) => status)).toEqual([201, 201, 201]);
    const view = (await ask(dashboard, `/api/runs/${name}`)).json;
    expect(view.notesOfPeople.map(({ text }: { text: string }) => text).sort()).toEqual(['a', 'b', 'c']);
    const file = path.join(disk.layout.root, 'notes.json');
    expect(JSON.parse(readFileSync(file, 'utf8')).notes).toEqual(view.notesOfPeople);
    const headers = asPage(dashboard);
    const gone = await ask(dashboard, `${notes()}/${made[0]!.json.id}`, { method: 'DELETE', headers });
    expect(gone.status).toBe(204);
    expect((await ask(dashboard, `${notes()}/${made[0]!.json.id}`, { method: 'DELETE', headers })).status).toBe(404);
    expect((await ask(dashboard, `/api/runs/${name}`)).json.notesOfPeople).toHaveLength(2);
  });

  test.each([
    [{ trial: 9, text: 'x' }, 404],
    [{ trial: 1.5, text: 'x' }, 400],
    [{ trial: 1, text: '  ' }, 400],
    [{ trial: 1, text: 'x'.repeat(4001) }, 400],
    [{ text: 'x' }, 400],
  ])('the note %j is refused', async (body, status) => {
    expect((await post(dashboard, notes(), body)).status).toBe(status);
  });

  test('notes that cannot be read are not written over', async () => {
    writeFileSync(path.join(disk.layout.root, 'notes.json'), 'mine');
    expect((await post(dashboard, notes(), note)).status).toBe(409);
    expect(readFileSync(path.join(disk.layout.root, 'notes.json'), 'utf8')).toBe('mine');
  });
});

describe('events', () => {
  test('of all runs: the list at once, again when a run has come, and an end with the dashboard', async () => {
    const browser = await Browser.at(dashboard, '/api/events');
    await browser.until(({ event, data }) => event === 'runs' && data.runs.length === 1);
    mkdirSync(path.join(disk.folder, 'models', 'another', 'trials'), { recursive: true });
    await browser.until(({ event, data }) => event === 'runs' && data.runs.length === 2);
    await dashboard.close();
    await expect(browser.until(() => false)).rejects.toThrow('the events ended before');
  });

  test('of a run: a note is told, and that the server is away', async () => {
    const browser = await Browser.at(dashboard, `/api/runs/${name}/events`);
    expect((await browser.until(({ event }) => event === 'run')).data.run).toBe(name);
    await post(dashboard, notes(), note);
    await browser.until(({ event, data }) => event === 'run' && data.notesOfPeople.length === 1);
    expect(browser.seen.at(-1)!.data.problem).toContain('down');
    // While the server is away nobody can tell whether it knows the run.
    rmSync(disk.layout.root, { recursive: true });
    expect(await ask(dashboard, `/api/runs/${name}`)).toMatchObject({
      status: 503,
      json: { error: expect.stringContaining('down') },
    });
  });
});

test('a run is gone when the server says so, not while it is away', async () => {
  const temporal = new FakeServer();
  const over = await dashboardOver(path.join(disk.folder, 'models'), temporal.server);
  const run = `/api/runs/${name}`;
  const browser = await Browser.at(over, `${run}/events`);
  expect((await browser.until(({ event }) => event === 'run')).data.problem).toBeNull();
  temporal.answers = false;
  await post(over, notes(), note);
  const away = await browser.until(({ event, data }) => event === 'run' && data.problem !== null);
  expect(away.data.problem).toBe('the Temporal server at fake:7233 does not answer');
  rmSync(disk.layout.root, { recursive: true });
  expect(await ask(over, run)).toMatchObject({ status: 503, json: { error: away.data.problem } });
  // It is looked for every two seconds.
  await sleep(3000);
  expect(browser.seen.filter(({ event }) => event === 'gone')).toEqual([]);
  temporal.answers = true;
  await browser.until(({ event }) => event === 'gone');
  expect((await ask(over, run)).status).toBe(404);
});

/** A Temporal server without runs, that comes and goes. */
class FakeServer {
  answers = true;
  readonly #answer = <T>(answer: T): T => {
    if (!this.answers) throw new Error('UNAVAILABLE');
    return answer;
  };

  get server(): Server {
    const client = {
      connection: { withDeadline: (_at: number, read: () => unknown) => read(), close: async () => {} },
      workflowService: { describeNamespace: async () => this.#answer({}) },
      workflow: { list: () => this.#answer([]) },
    };
    return {
      client,
      address: 'fake:7233',
      namespace: 'default',
      webUi: null,
      dashboard: null,
      local: false,
    } as unknown as Server;
  }
}

test('many runs are listed, newest first, and read again only when they changed', async () => {
  const models = mkdtempSync(path.join(tmpdir(), 'many-'));
  try {
    const many = Array.from({ length: 200 }, (_, index) => `run-${String(index).padStart(3, '0')}`);
    await Promise.all(
      many.map((run, index) =>
        keepOnDisk(
          {
            ...disk.state,
            run,
            startedAt: index,
            config: {
              ...disk.state.config,
              DEFAULT_CONFIG: { ...disk.state.config.DEFAULT_CONFIG, OUTPUT_DIR_ROOT: models },
            },
          },
          `tuning-${run}`,
        ),
      ),
    );
    for (const run of many) mkdirSync(path.join(models, run, 'trials'), { recursive: true });
    const over = await dashboardOver(models);
    const list = async () => (await ask(over, '/api/runs')).json.runs as { run: string; best: number }[];
    expect((await list()).map(({ run }) => run)).toEqual([...many].reverse());
    const file = path.join(models, 'run-007', 'run.json');
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('0.6', '0.7'));
    expect((await list()).find(({ run }) => run === 'run-007')!.best).toBe(0.7);
  } finally {
    rmSync(models, { recursive: true });
  }
});
