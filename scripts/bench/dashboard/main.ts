/**
 * `npm run bench:dashboard`: how soon a step of a training is told to a browser after its trainer wrote it, and how soon
 * a decision is acknowledged. Everything is real, in a folder of its own: local stack, trainer, dashboard, HTTP.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { jsonLines } from '../../../src/processes/jsonLines.ts';
import { PROJECT_ROOT } from '../../../src/projectRoot.ts';
import { eventSchema } from '../../../src/training/protocol.ts';

/** Decisions that are timed; half of them pause the run, half resume it. */
const DECISIONS = 20;
const STEPS_AT_LEAST = 40;
const LIMITS = { step: 1000, decision: 300 };

const home = mkdtempSync(path.join(tmpdir(), 'tuning-bench-dashboard-'));
const models = path.join(home, 'models');
const environment = {
  TUNING_STATE_DIR: path.join(home, 'state'),
  TUNING_OUTPUT_DIR_ROOT: models,
  TUNING_REPORT_DIR: path.join(home, 'reports'),
  TEMPORAL_ADDRESS: '',
};
const command = (...args: string[]) =>
  execa(process.execPath, ['--disable-warning=ExperimentalWarning', 'src/client/main.ts', ...args], {
    cwd: PROJECT_ROOT,
    env: environment,
  });

interface Arrived {
  trial: string;
  step: number;
  at: number;
  isLook: boolean;
}

try {
  await measure();
} finally {
  await command('down');
  rmSync(home, { recursive: true, force: true });
}

async function measure(): Promise<void> {
  const settings = ['LOGGING_STEPS=1', 'NOISE_SEEDS=0', 'TRAINING_SLOTS=1', 'STSB_TRAIN_SPLIT=train[:800]'];
  const set = settings.flatMap((one) => ['--set', one]);
  const { stdout } = await command('start-run', '--interactive', '--detach', '--json', '--name', 'bench', ...set);
  const { run } = JSON.parse(stdout.trim().split('\n').at(-1)!) as { run: string };
  const address = new URL((await command('dashboard')).stdout.trim().split('\n').at(-1)!);
  const headers = {
    authorization: `Bearer ${address.searchParams.get('token')}`,
    'x-tuning': '1',
    'content-type': 'application/json',
  };
  const decide = async (decision: string): Promise<number> => {
    const from = performance.now();
    const answer = await fetch(new URL(`/api/runs/${run}/decisions`, address), {
      method: 'POST',
      headers,
      body: JSON.stringify({ decision }),
    });
    if (!answer.ok) throw new Error(`${decision}: ${answer.status} ${await answer.text()}`);
    return performance.now() - from;
  };

  const arrived = await stepsOf(new URL(`/api/runs/${run}/events`, address));
  tell('a step, from the trainer’s line to the browser', delays(run, arrived), LIMITS.step);

  const took: number[] = [];
  for (let index = 0; index < DECISIONS; index += 1) took.push(await decide(index % 2 === 0 ? 'pause' : 'resume'));
  tell('a decision, from the click to the answer, while a training runs', took, LIMITS.decision);
  await decide('stop-now');
}

/** The steps that a browser is told, with the time at which it was. */
async function stepsOf(events: URL): Promise<Arrived[]> {
  const arrived: Arrived[] = [];
  const leaving = new AbortController();
  const { body } = await fetch(events, { signal: leaving.signal });
  let text = '';
  for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
    const at = Date.now() / 1000;
    text += chunk;
    const whole = text.split('\n\n');
    text = whole.pop()!;
    for (const part of whole) {
      if (!part.startsWith('event: step')) continue;
      const { trial, step, score } = JSON.parse(/^data: (.*)$/m.exec(part)![1]!) as Arrived & { score?: number };
      arrived.push({ trial, step, at, isLook: score !== undefined });
    }
    if (arrived.length >= STEPS_AT_LEAST) break;
  }
  leaving.abort();
  return arrived;
}

/** Milliseconds between the trainer's own time of a step and its arrival; both clocks are this machine's. */
function delays(run: string, arrived: readonly Arrived[]): number[] {
  const written = new Map<string, Map<number, number>>();
  return arrived.flatMap(({ trial, step, at, isLook }) => {
    if (isLook) return [];
    if (!written.has(trial)) {
      const file = path.join(models, run, 'trials', trial, 'events.jsonl');
      const events = jsonLines(readFileSync(file, 'utf8'), eventSchema);
      written.set(trial, new Map(events.flatMap((one) => (one.event === 'step' ? [[one.step, one.t] as const] : []))));
    }
    const wrote = written.get(trial)!.get(step);
    return wrote === undefined ? [] : [(at - wrote) * 1000];
  });
}

function tell(what: string, milliseconds: readonly number[], limit: number): void {
  const sorted = [...milliseconds].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!.toFixed(0);
  process.stdout.write(
    `${what}: median ${at(0.5)} ms, 95 % ${at(0.95)} ms, longest ${at(1)} ms (${sorted.length} measured; limit ${limit} ms)\n`,
  );
}
