/** The tools for assistants by the SDK's own client: over stdin and stdout, and over HTTP; against a real Temporal server. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from '@jest/globals';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import type { WorkflowBundle } from '@temporalio/worker';
import { connect } from '../../src/library/client.ts';
import { serveOverHttp } from '../../src/mcp/http.ts';
import type { McpOverHttp } from '../../src/mcp/http.ts';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';
import { UserError } from '../../src/runs/userError.ts';
import { ask } from '../dashboard/stage.ts';
import { currentBundle, developmentServer, gateOf, withRun } from '../temporal/stage.ts';
import type { Handle } from '../temporal/stage.ts';

const TOKEN = 't'.repeat(43);
let env: TestWorkflowEnvironment;
let bundle: WorkflowBundle;
let models: string;
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  [env, bundle] = await Promise.all([developmentServer(), currentBundle()]);
});
afterAll(() => env?.teardown());
beforeEach(() => {
  models = mkdtempSync(path.join(tmpdir(), 'mcp-'));
});
afterEach(() => rmSync(models, { recursive: true, force: true }));

interface Told {
  text: string;
  isError: boolean;
}

async function call(client: Client, name: string, args: Record<string, unknown> = {}): Promise<Told> {
  const { content, isError = false } = await client.callTool({ name, arguments: args });
  return { text: (content as { text: string }[])[0]!.text, isError: Boolean(isError) };
}

/** An assistant's whole part in a run that asks. */
async function answered(client: Client, handle: Handle, report: string): Promise<void> {
  const run = handle.workflowId.slice('tuning-'.length);
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual(['list_runs', 'show_run', 'read_report', 'answer_question']);
  expect(tools.filter(({ annotations }) => annotations?.readOnlyHint).length).toBe(3);
  await gateOf(handle, 'LEARNING_RATE/end');
  expect(JSON.parse((await call(client, 'list_runs')).text).map((one: { run: string }) => one.run)).toContain(run);
  const { gate } = JSON.parse((await call(client, 'show_run', { run })).text);
  expect(gate.id).toBe('LEARNING_RATE/end');
  expect(await call(client, 'read_report', { run })).toEqual({
    text: expect.stringContaining('no report yet'),
    isError: true,
  });

  const answer = (more: Record<string, unknown>) =>
    call(client, 'answer_question', { run, question: gate.id, ...more });
  expect(await answer({ answer: 'stop-now' })).toMatchObject({ isError: true });
  expect(await answer({ answer: 'continue', question: 'another' })).toEqual({
    text: expect.stringContaining('refused: the question another is not open'),
    isError: true,
  });
  expect(await answer({ answer: 'set', key: 'NUM_TRAIN_EPOCHS', value: 1e9 })).toEqual({
    text: expect.stringContaining('refused: NUM_TRAIN_EPOCHS = 1000000000'),
    isError: true,
  });
  expect(await call(client, 'answer_question', { run: 'none', question: gate.id, answer: 'continue' })).toEqual({
    text: expect.stringContaining('there is no run none'),
    isError: true,
  });
  expect(await answer({ answer: 'stop-run' })).toEqual({
    text: expect.stringContaining('stops (run)'),
    isError: false,
  });
  const progress = await handle.result();
  expect(progress.status).toBe('stopped');
  const state = await handle.query('trials');
  expect((state as { decisions: { by: string }[] }).decisions.map(({ by }) => by)).toEqual(['mcp']);
  expect((await call(client, 'read_report', { run })).text).toBe(report);
}

const SETTINGS = () => ['INTERACTIVE_MODE=true', 'ROUNDS_PER_PARAM=1', `OUTPUT_DIR_ROOT=${models}`];

async function withAssistant(work: (handle: Handle, report: string) => Promise<void>): Promise<void> {
  const report = path.join(models, 'r.md');
  writeFileSync(report, '# The report\n');
  await withRun(env, bundle, SETTINGS(), (handle) => work(handle, '# The report\n'), {
    writeReport: async () => ({ path: report }),
  });
}

test('over stdin and stdout', async () => {
  const { TEMPORAL_ADDRESS: _address, ...own } = process.env;
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: ['--disable-warning=ExperimentalWarning', 'src/client/main.ts', 'mcp'],
    cwd: PROJECT_ROOT,
    env: {
      ...(own as Record<string, string>),
      TEMPORAL_ADDRESS: env.address,
      TEMPORAL_NAMESPACE: 'default',
      TUNING_OUTPUT_DIR_ROOT: models,
      TUNING_STATE_DIR: path.join(models, 'state'),
    },
  });
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(transport);
  try {
    await withAssistant((handle, report) => answered(client, handle, report));
  } finally {
    await client.close();
  }
});

describe('over HTTP', () => {
  let server: McpOverHttp;
  beforeEach(async () => {
    server = await serveOverHttp(0, TOKEN, () => connect({ client: env.client, outputRoot: models }));
  });
  afterEach(() => server.close());

  test('with the token', async () => {
    const client = new Client({ name: 'test', version: '1' });
    const requestInit = { headers: { authorization: `Bearer ${TOKEN}` } };
    await client.connect(new StreamableHTTPClientTransport(new URL(server.url), { requestInit }));
    try {
      await withAssistant((handle, report) => answered(client, handle, report));
    } finally {
      await client.close();
    }
  });

  test.each<[string, Record<string, string>, number]>([
    ['no token', {}, 401],
    ['another token', { authorization: `Bearer ${'x'.repeat(43)}` }, 401],
    ['another host', { authorization: `Bearer ${TOKEN}`, host: 'evil.example' }, 403],
    ['the page of another origin', { authorization: `Bearer ${TOKEN}`, origin: 'http://evil.example' }, 403],
  ])('%s is refused', async (_what, headers, status) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
    const all = { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers };
    expect((await ask({ url: server.url }, '/mcp', { method: 'POST', headers: all, body })).status).toBe(status);
  });

  test('a body that is huge is refused', async () => {
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
    const answer = await ask({ url: server.url }, '/mcp', { method: 'POST', headers, body: 'x'.repeat(1_000_000) });
    expect(answer.status).toBe(413);
  });
});

test('while the Temporal server is away a tool says so', async () => {
  const away = await serveOverHttp(0, TOKEN, async () => {
    throw new UserError('the local stack is down: run `npm run up`');
  });
  const client = new Client({ name: 'test', version: '1' });
  const requestInit = { headers: { authorization: `Bearer ${TOKEN}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(away.url), { requestInit }));
  try {
    expect(await call(client, 'list_runs')).toEqual({ text: expect.stringContaining('is down'), isError: true });
  } finally {
    await client.close();
    await away.close();
  }
});
