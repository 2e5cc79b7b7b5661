/**
 * Each example of an own training, tuned by the real agent: server, workers, trainer and search model, by the commands that
 * users type. Short plans: what the examples come to with their own plans is told in their READMEs.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { execa } from 'execa';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';
import { eventually } from '../faults/processes.ts';

jest.setTimeout(300_000);

let home: string;
let environment: Record<string, string>;
beforeAll(() => {
  home = mkdtempSync(path.join(tmpdir(), 'tuning-examples-'));
  environment = {
    TUNING_STATE_DIR: path.join(home, 'state'),
    TUNING_OUTPUT_DIR_ROOT: path.join(home, 'models'),
    TUNING_REPORT_DIR: path.join(home, 'reports'),
    TUNING_NOISE_SEEDS: '0',
    TUNING_CONFIRM_SEEDS: '0',
    TUNING_MAX_PRIORITY_PARAMS: '1',
    TUNING_ROUNDS_PER_PARAM: '2',
    TUNING_REUSE_TRIALS: 'false',
    TUNING_ADVISER: 'local',
    TEMPORAL_ADDRESS: '',
  };
});
afterAll(async () => {
  await command(['down']);
  rmSync(home, { recursive: true, force: true });
});

const command = (args: string[]) =>
  execa('npm', ['run', '--silent', args[0]!, '--', ...args.slice(1)], {
    cwd: PROJECT_ROOT,
    env: environment,
    reject: false,
  });

interface Outcome {
  run: string;
  status: string;
  metric: { name: string };
  baseline: { score: number; test: number | null; trial: string };
  best: { score: number; trial: string };
  trials: number;
  published: { what: string };
}

async function tuned(example: string, ...more: string[]): Promise<Outcome> {
  const args = ['start-run', '--auto', '--json', '--config', `examples/${example}/tuning.yaml`, ...more];
  const { exitCode, stdout, stderr } = await command(args);
  if (exitCode !== 0) throw new Error(`exit code ${exitCode}\n${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Outcome;
}

const trialFile = (run: string, trial: string, name: string): string =>
  path.join(home, 'models', run, 'trials', trial, name);
const resultOf = (run: string, trial: string) =>
  JSON.parse(readFileSync(trialFile(run, trial, 'result.json'), 'utf8')) as Record<string, never>;

/** The process of a training that has told of steps; null until there is one. */
function writerInItsMidst(run: string, trial: string): number | null {
  try {
    const told = readFileSync(trialFile(run, trial, 'events.jsonl'), 'utf8').split('"event": "step"').length - 1;
    const lock = JSON.parse(readFileSync(trialFile(run, trial, 'lock.json'), 'utf8')) as { pid: number | null };
    return told > 3 ? lock.pid : null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

test.each([
  ['sklearn', 'log_loss', /LATENCY\\?_MS/],
  ['not-python', 'log_loss', /RATE/],
  ['text-classifier', 'accuracy', /RATE/],
])('%s is tuned, published and reported in its own metric', async (example, metric, told) => {
  const outcome = await tuned(example);
  expect(outcome).toMatchObject({ status: 'completed', metric: { name: metric } });
  expect(outcome.trials).toBeGreaterThanOrEqual(2);
  expect(outcome.baseline.score).toBeGreaterThan(0);
  const folder = path.join(home, 'models', outcome.run, 'best_overall_model');
  expect(readdirSync(folder)).toEqual(expect.arrayContaining(['README.md', 'tuning.json']));
  expect(readdirSync(folder).length).toBeGreaterThan(2);
  const name = `agent_run_report_${outcome.run.slice(-15).replace('-', '_')}.md`;
  const report = readFileSync(path.join(home, 'reports', name), 'utf8');
  expect(report).toMatch(told);
  expect(report).toContain(metric);
  expect(report).not.toMatch(/Spearman|STSB_|LORA_/);
});

test('a training that is killed goes on from its checkpoint to the same model', async () => {
  // Long enough to be killed in its midst; its checkpoints are written whenever one is due.
  const long = ['--set', 'TREES=400', '--set', 'ROUNDS_PER_PARAM=1'];
  const calm = await tuned('sklearn', ...long);
  const name = 'killed';
  const { stdout } = await command(['start-run', '--auto', '--json', '--detach', '--name', name, '--config', 'examples/sklearn/tuning.yaml', ...long]); // prettier-ignore
  const { run } = JSON.parse(stdout.trim().split('\n').at(-1)!) as { run: string };
  const trial = calm.baseline.trial;
  const writer = await eventually(() => writerInItsMidst(run, trial), 'a training in its midst');
  process.kill(writer, 'SIGKILL');
  const { exitCode } = await command(['attach', run]);
  expect(exitCode).toBe(0);
  const [disturbed, undisturbed] = [resultOf(run, trial), resultOf(calm.run, trial)];
  expect(disturbed['model_digest']).toBe(undisturbed['model_digest']);
  expect(disturbed['score']).toBe(undisturbed['score']);
  expect(disturbed['attempts']).toHaveLength(2);
});
