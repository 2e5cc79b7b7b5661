/**
 * Everything real, by the commands that users type: set-up, server, workers, trainer, adviser over HTTP, report, model.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { execa } from 'execa';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';
import { isAlive } from '../../src/processes/identity.ts';
import { startOpenAiServer } from '../openaiServer/server.ts';
import type { OpenAiServer } from '../openaiServer/server.ts';
import { cutModel } from '../faults/model.ts';
import { eventually } from '../faults/processes.ts';
import { progressOf, stackIn } from './progressOf.ts';

jest.setTimeout(600_000);

const KEY = 'sk-canary-e2e-0123456789';
let home: string;
let openai: OpenAiServer;
let environment: Record<string, string>;
beforeAll(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'tuning-e2e-'));
  await cutModel(path.join(home, 'one-layer'));
  openai = await startOpenAiServer({ key: KEY });
  environment = {
    TUNING_STATE_DIR: path.join(home, 'state'),
    TUNING_OUTPUT_DIR_ROOT: path.join(home, 'models'),
    TUNING_REPORT_DIR: path.join(home, 'reports'),
    TUNING_STSB_TRAIN_SPLIT: 'train[:32]',
    TUNING_STSB_DEV_SPLIT: 'validation[:24]',
    TUNING_STSB_TEST_SPLIT: 'test[:24]',
    TUNING_NOISE_SEEDS: '1',
    TUNING_CONFIRM_SEEDS: '1',
    TUNING_REUSE_TRIALS: 'false',
    TUNING_STOP_WHEN: 'budget',
    TUNING_PUBLISH: 'best',
    TEMPORAL_ADDRESS: '',
  };
});
afterAll(async () => {
  await command(['down']);
  await openai.close();
  rmSync(home, { recursive: true, force: true });
});

/** `npm run <command>`, without npm's own lines. */
const command = (args: string[], more: Record<string, string> = {}) =>
  execa('npm', ['run', '--silent', args[0]!, '--', ...args.slice(1)], {
    cwd: PROJECT_ROOT,
    env: { ...environment, ...more },
    reject: false,
  });

async function finalObject(args: string[], more: Record<string, string> = {}): Promise<Record<string, never>> {
  const { exitCode, stdout, stderr } = await command(args, more);
  if (exitCode !== 0) throw new Error(`exit code ${exitCode}\n${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1)!);
}

/** For runs whose scores nobody looks at; the first run is on the model that users get. */
const quickModel = () => `BASE_MODEL=${path.join(home, 'one-layer')}`;

/** Scores a model with sentence-transformers' own evaluator: code that shares nothing with the trainer. */
async function independentScore(model: string): Promise<number> {
  const program = [
    'import csv, sys',
    'from sentence_transformers import SentenceTransformer',
    'from sentence_transformers.sentence_transformer.evaluation import EmbeddingSimilarityEvaluator',
    "rows = list(csv.DictReader(open('data/sample/validation.csv', encoding='utf-8')))[:24]",
    "evaluator = EmbeddingSimilarityEvaluator([r['sentence1'] for r in rows], [r['sentence2'] for r in rows], [float(r['score']) for r in rows], main_similarity='cosine', write_csv=False)",
    "print(evaluator(SentenceTransformer(sys.argv[1], device='cpu'))['spearman_cosine'])",
  ].join('\n');
  const { stdout } = await execa(path.join(PROJECT_ROOT, '.venv', 'bin', 'python'), ['-c', program, model], {
    cwd: PROJECT_ROOT,
    env: { HF_HUB_OFFLINE: '1' },
  });
  return Number(stdout.trim().split('\n').at(-1));
}

describe('npm run start-run', () => {
  test('tunes by itself with an adviser, ends with 0, and report and model hold what it says', async () => {
    const outcome: any = await finalObject(
      [
        'start-run',
        '--auto',
        '--json',
        '--name',
        'e2e',
        '--set',
        'ROUNDS_PER_PARAM=1',
        '--set',
        'MAX_PRIORITY_PARAMS=2',
        '--set',
        'GPT_MODEL=test-model',
      ],
      { OPENAI_BASE_URL: openai.url, OPENAI_API_KEY: KEY },
    );
    expect(outcome).toMatchObject({
      status: 'completed',
      adviser: { kind: 'openai', model: 'test-model' },
      trials: 6,
      trained: 6,
      failed: 0,
      advisedRounds: 2,
      // The default with two seeds, two values, and two fresh seeds; the check at the start, the plan, two values, the summary.
      usage: { calls: 5, attempts: 5, tokens: 5 * 375, assumedTokens: 0 },
    });
    expect(outcome.best.score).toBeGreaterThanOrEqual(outcome.baseline.score);
    expect([openai.probes.length, openai.calls.length]).toEqual([1, 4]);
    const report = readFileSync(path.resolve(PROJECT_ROOT, outcome.report), 'utf8');
    expect(report).toContain(outcome.best.score.toFixed(4));
    expect(report).toContain('The results so far point this way.');
    const alias = path.join(home, 'best_overall_model');
    expect(await independentScore(alias)).toBeCloseTo(outcome.best.score, 4);
    expect(JSON.parse(readFileSync(path.join(alias, 'tuning.json'), 'utf8'))).toMatchObject({
      score: outcome.best.score,
      run: outcome.run,
    });
    expect((await execa('grep', ['-rlF', KEY, home], { reject: false })).stdout).toBe('');
    expect(readdirSync(path.join(home, 'state', 'adviser-keys'))).toEqual([]);
  });

  test('without a terminal, a question is answered by npm run decide; impossible decisions are refused', async () => {
    const { run } = (await finalObject([
      'start-run',
      '--interactive',
      '--detach',
      '--json',
      '--set',
      quickModel(),
      '--set',
      'MAX_PRIORITY_PARAMS=1',
      '--set',
      // One of them is the base configuration that so short a default gets.
      'ROUNDS_PER_PARAM=3',
      // On two slots both rounds would be one batch, and no question between them.
      '--set',
      'TRAINING_SLOTS=1',
      '--set',
      'CONFIRM_SEEDS=0',
      '--set',
      'GENERATE_REPORT=false',
    ])) as unknown as { run: string };
    await eventually(
      async () => (await progressOf(environment['TUNING_STATE_DIR']!, run))?.gate,
      'a question',
      240_000,
    );
    const shown: any = await finalObject(['show', run, '--json']);
    expect(shown.gate).toMatchObject({ kind: 'round', key: 'LEARNING_RATE' });
    const refused = await command(['decide', run, 'set', 'SEED=3']);
    expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining('SEED is not among TUNABLE_KEYS')]);
    expect((await command(['decide', run, 'stop-run'])).exitCode).toBe(0);
    const ended: any = await finalObject(['attach', run, '--json']);
    // The stack was started by a shell with a key; this shell has none, so this run has none.
    expect(ended).toMatchObject({
      status: 'stopped',
      trained: 4,
      report: null,
      adviser: { kind: 'local' },
      advisedRounds: 0,
    });
    expect(shown.adviserSettings).toMatchObject({ keyFrom: 'none' });
    expect(JSON.parse((await command(['runs', '--json'])).stdout)).toHaveLength(2);
  });

  test('no restart takes the key from a run in progress, and a model that is gone holds the run until it is mended', async () => {
    const gone = { status: 404, body: { error: { message: 'The model does not exist' } } };
    openai.probeScript.push(gone, gone);
    const before = openai.probes.length;
    const { run } = (await finalObject(
      [
        'start-run',
        '--auto',
        '--detach',
        '--json',
        '--name',
        'keyed',
        '--set',
        quickModel(),
        '--set',
        'ON_ADVISER_FAILURE=pause',
        '--set',
        'GPT_MODEL=test-model',
      ],
      { OPENAI_BASE_URL: openai.url, OPENAI_API_KEY: KEY },
    )) as unknown as { run: string };
    const paused = (probes: number) =>
      eventually(
        async () =>
          (await progressOf(environment['TUNING_STATE_DIR']!, run))?.paused && openai.probes.length === before + probes,
        'the pause',
        120_000,
      );
    await paused(1);
    const shown = (await finalObject(['show', run, '--json'])) as unknown as { notes: string[] };
    expect(shown.notes.join()).toContain('The model does not exist');
    await command(['down']);
    await command(['up']);
    // The workers that just came up may take a moment to answer.
    let stdout = '';
    for (let tries = 0; tries < 20 && !stdout.includes(`Adviser of ${run}: test-model`); tries += 1)
      ({ stdout } = await command(['status']));
    expect(stdout).toContain('Adviser of new runs from here: the search model alone (OPENAI_API_KEY was not set');
    expect(stdout).toContain(`Adviser of ${run}: test-model at ${new URL(openai.url).host}, key from the environment`);
    expect((await command(['decide', run, 'resume'])).exitCode).toBe(0);
    // Asked by workers that were started without the key: with any other one the server would not have counted it.
    await paused(2);
    const held = (await execa('grep', ['-rlF', KEY, home], { reject: false })).stdout;
    expect(held).toMatch(/^[^\n]*adviser-keys[^\n]*$/);
    expect((await command(['decide', run, 'stop-run'])).exitCode).toBe(0);
    const ended = await command(['attach', run, '--json']);
    expect(ended.exitCode).toBe(0);
    expect(JSON.parse(ended.stdout.trim().split('\n').at(-1)!)).toMatchObject({ status: 'stopped', trials: 0 });
  });

  test.each<[string, string[], RegExp]>([
    ['a wrong key', ['--set', 'LEARNIN_RATE=1'], /did you mean LEARNING_RATE\?/],
    ['a missing file', ['--config', 'nowhere.yaml'], /there is no such file/],
    ['a wrong name', ['--name', '../up'], /--name \.\.\/up: allowed/],
    ['a name that is too long', ['--name', 'n'.repeat(49)], /--name n{49}: allowed: 1 to 48 letters/],
    [
      'a prefix that is too long',
      ['--set', `RUN_NAME_PREFIX=${'p'.repeat(49)}`],
      /RUN_NAME_PREFIX = "p{49}" is not possible: allowed: 1 to 48 letters/,
    ],
  ])('%s ends with 2 and starts nothing', async (_name, args, message) => {
    const { exitCode, stderr } = await command(['start-run', '--auto', ...args]);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(message)]);
  });

  test('data that cannot be used end with 2 and the line that is wrong', async () => {
    const file = path.join(home, 'pairs.csv');
    const { writeFileSync } = await import('node:fs');
    writeFileSync(file, 'sentence1,sentence2,score\na,b,0.5\nc,d,high\n');
    const { exitCode, stdout } = await command([
      'start-run',
      '--auto',
      '--set',
      `DATASET_NAME=${file}`,
      '--set',
      'STSB_TRAIN_SPLIT=train[:1]',
      '--set',
      'STSB_DEV_SPLIT=train[1:]',
      '--set',
      'STSB_TEST_SPLIT=none',
    ]);
    expect(exitCode).toBe(2);
    expect(stdout).toContain("pairs.csv:3: score = 'high' is not a number");
  });

  test('down leaves no process', async () => {
    const stack = stackIn(environment['TUNING_STATE_DIR']!);
    expect((await command(['down'])).exitCode).toBe(0);
    const alive = await Promise.all([stack.supervisor, ...stack.members.map(({ identity }) => identity)].map(isAlive));
    expect(alive.every((lives) => !lives)).toBe(true);
    expect(existsSync(path.join(home, 'state', 'stack.json'))).toBe(false);
  });
});
