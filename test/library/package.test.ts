/** The package as others install it: built, packed, unpacked beside its dependencies, used by Node 20 and by a type checker. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { execa } from 'execa';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';
import { developmentServer } from '../temporal/stage.ts';

jest.setTimeout(600_000);

let home: string;
let files: string[];
const tool = (name: string) => path.join(PROJECT_ROOT, 'node_modules', '.bin', name);
/** Node 20, which the package promises to run its client on, where the machine has it; else the pinned one. */
const oldNode = ['/usr/bin/node', '/usr/local/bin/node'].find(existsSync) ?? process.execPath;

beforeAll(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'package-'));
  const { stdout } = await execa('npm', ['pack', '--json', '--silent', '--pack-destination', home], {
    cwd: PROJECT_ROOT,
  });
  const [packed] = JSON.parse(stdout.slice(stdout.indexOf('['))) as { filename: string; files: { path: string }[] }[];
  files = packed!.files.map((file) => file.path);
  const modules = path.join(home, 'node_modules');
  mkdirSync(modules);
  for (const name of readdirSync(path.join(PROJECT_ROOT, 'node_modules')))
    symlinkSync(path.join(PROJECT_ROOT, 'node_modules', name), path.join(modules, name));
  await execa('tar', ['-xzf', packed!.filename], { cwd: home });
  await execa('mv', ['package', path.join('node_modules', 'model-tuning-agent')], { cwd: home });
  writeFileSync(path.join(home, 'package.json'), '{"type": "module"}');
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

test('has what it needs, and nothing of the checkout', () => {
  expect(files).toEqual(
    expect.arrayContaining([
      'dist/index.js',
      'dist/index.d.ts',
      'dist/worker.js',
      'dist/workflows/index.js',
      'dist/processes/identity.mjs',
      'dist/words/zh/library.json',
      'config/default.yaml',
      'trainer/src/tuning_trainer/__main__.py',
      'data/sample/train.csv',
      'LICENSE',
      'README.md',
    ]),
  );
  // Commands need the checkout: its set-up, the stack, the trainer's environment.
  const manifest = path.join(home, 'node_modules', 'model-tuning-agent', 'package.json');
  expect(JSON.parse(readFileSync(manifest, 'utf8'))).not.toHaveProperty('bin');
  expect(files.filter((file) => /^(src|test|node_modules|models|\.)|__pycache__|\.env/.test(file))).toEqual([]);
});

test('a program of plain Node reads, starts and follows with it', async () => {
  const env = await developmentServer();
  try {
    writeFileSync(
      path.join(home, 'program.js'),
      `import { connect, tuningInput, UserError, Refused } from 'model-tuning-agent';
       const client = await connect({ address: ${JSON.stringify(env.address)}, outputRoot: 'models' });
       const nothing = await client.runs();
       const problem = await client.startRun({ set: { LEARNING_RATE: 'much' } }).catch((error) => error);
       const { run, started } = await client.startRun({ name: 'packed', set: { NOISE_SEEDS: 0 } });
       const { config } = tuningInput({ name: 'another' });
       const [one] = await client.runs();
       await client.close();
       console.log(JSON.stringify({
         node: process.versions.node, nothing, told: problem instanceof UserError && problem.message, started,
         listed: one.run === run && one.status, root: config.DEFAULT_CONFIG.OUTPUT_DIR_ROOT, refused: typeof Refused,
       }));`,
    );
    const { stdout } = await execa(oldNode, ['program.js'], { cwd: home, env: { TEMPORAL_ADDRESS: '' } });
    expect(JSON.parse(stdout)).toEqual({
      node: expect.stringMatching(/^\d+\./),
      nothing: [],
      told: expect.stringContaining('LEARNING_RATE'),
      started: true,
      listed: 'running',
      root: path.join(home, 'models'),
      refused: 'function',
    });
  } finally {
    await env.teardown();
  }
});

test('the worker parts load, and the workflow bundles from the package', async () => {
  writeFileSync(
    path.join(home, 'workers.js'),
    `import { bundleWorkflowCode } from '@temporalio/worker';
     import { activities, activityInterceptors, createTuningWorker, workflowsPath } from 'model-tuning-agent/worker';
     const { code } = await bundleWorkflowCode({ workflowsPath, logger: { trace() {}, debug() {}, info() {}, log() {}, warn() {}, error() {} } });
     console.log(JSON.stringify({ names: Object.keys(activities()).sort(), kinds: activityInterceptors.activity.length, make: typeof createTuningWorker, bundled: code.includes('tuningRun') }));
     process.exit(0);`,
  );
  const { stdout } = await execa(process.execPath, ['--disable-warning=ExperimentalWarning', 'workers.js'], {
    cwd: home,
  });
  expect(JSON.parse(stdout)).toMatchObject({
    make: 'function',
    bundled: true,
    names: expect.arrayContaining(['writeReport']),
  });
});

test('a consumer is type-checked, and misuse is found', async () => {
  writeFileSync(
    path.join(home, 'consumer.ts'),
    `import { connect } from 'model-tuning-agent';
     import type { RunProgress, StartInput, tuningRun } from 'model-tuning-agent';
     import { createTuningWorker, workflowsPath } from 'model-tuning-agent/worker';
     import { executeChild } from '@temporalio/workflow';
     const client = await connect();
     const message: string = await client.decide('run', { decision: 'set', key: 'LEARNING_RATE', value: 1e-5 });
     for await (const progress of client.watch('run')) { const shown: RunProgress = progress; void shown.best?.score; }
     // @ts-expect-error no such decision
     await client.decide('run', { decision: 'dance' });
     // @ts-expect-error needs a connection
     await createTuningWorker({});
     export const child = (input: StartInput) => executeChild<typeof tuningRun>('tuningRun', { args: [input] });
     export { message, workflowsPath };
    `,
  );
  const options = [
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    '--target',
    'es2024',
    '--module',
    'nodenext',
    '--types',
    'node',
  ];
  const { exitCode, stdout } = await execa(tool('tsc'), [...options, 'consumer.ts'], { cwd: home, reject: false });
  expect([exitCode, stdout]).toEqual([0, '']);
});
