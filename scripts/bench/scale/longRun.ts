/** One run of many rounds: what a round costs at its beginning and at its end. */
import { setTimeout as sleep } from 'node:timers/promises';
import Table from 'cli-table3';
import { endOf } from '../../../src/client/outcome.ts';
import { startOpenAiServer } from '../../../test/openaiServer/server.ts';
import { executionsOf, meanOf, metricOf, trainingsOf, usageOf } from './figures.ts';
import type { Execution } from './figures.ts';
import { Stack } from './stack.ts';
import type { Member } from './stack.ts';

/** Rounds between two continuations. */
const ROUNDS = 50;
/** Ranges with more values than a run of this length can try. */
const SPACES = JSON.stringify({
  LEARNING_RATE: { type: 'float', min: 1e-7, max: 0.1, scale: 'log' },
  NUM_TRAIN_EPOCHS: { type: 'float', min: 0.1, max: 100, scale: 'log' },
  TRAIN_BATCH_SIZE: { type: 'int', min: 1, max: 4096, scale: 'log' },
  GRAD_ACC_STEPS: { type: 'int', min: 1, max: 1024, scale: 'log' },
  WARMUP_RATIO: { type: 'float', min: 0.001, max: 0.9, scale: 'log' },
  WEIGHT_DECAY: { type: 'float', min: 0.001, max: 1, scale: 'log' },
});

interface Row {
  rounds: number;
  events: number;
  bytes: number;
  promptBytes: number;
  workflowMs: number;
  workerMs: number;
  memory: number;
}

/** How far the run and its workers were at some moment; seconds, MiB. */
interface Mark {
  rounds: number;
  workflow: number;
  cpu: number;
  memory: number;
  prompts: number;
}

async function markOf(tuning: Member, training: Member, prompts: number): Promise<Mark> {
  const { cpu, memory } = await usageOf(tuning);
  const [workflow, rounds] = await Promise.all([
    metricOf(tuning, 'temporal_workflow_task_execution_latency_sum'),
    metricOf(training, 'tuning_trials_total'),
  ]);
  return { rounds, workflow, cpu, memory, prompts };
}

/** @param of - Rounds of the execution, which came after `done`. */
function rowOf(
  { events, bytes }: Execution,
  done: number,
  of: number,
  marks: readonly Mark[],
  prompts: readonly number[],
): Row {
  const from = marks.findLast(({ rounds }) => rounds <= done) ?? marks[0]!;
  const to = marks.find(({ rounds }) => rounds >= done + of) ?? marks.at(-1)!;
  const between = Math.max(1, to.rounds - from.rounds);
  return {
    rounds: done + of,
    events: events / of,
    bytes: bytes / of,
    promptBytes: meanOf(prompts.slice(from.prompts, to.prompts)),
    workflowMs: (1000 * (to.workflow - from.workflow)) / between,
    workerMs: (1000 * (to.cpu - from.cpu)) / between,
    memory: to.memory,
  };
}

/** @param rounds - 1 to 1,000. */
export async function longRun(rounds: number): Promise<void> {
  const prompts: number[] = [];
  const openai = await startOpenAiServer({
    log: ({ body }) => void prompts.push(Buffer.byteLength(JSON.stringify(body.messages ?? []))),
  });
  const stack = await Stack.start();
  try {
    const tuning = await stack.worker('tuning', { environment: { OPENAI_API_KEY: 'sk-test-canary-0123456789' } });
    const training = await stack.worker('training', { seconds: 0.05 });
    const run = 'long';
    const handle = await stack.startRun(
      run,
      stack.config(
        `TUNABLE_KEYS=${SPACES}`,
        `MAX_PRIORITY_PARAMS=${Math.ceil(rounds / ROUNDS)}`,
        `ROUNDS_PER_PARAM=${ROUNDS}`,
        'SEARCH=free',
        'ADVISER=hybrid',
        `GPT_BASE_URL=${openai.url}`,
        'MAX_TOKENS=null',
      ),
    );
    const ended = { yes: false };
    // Over the server's habit to drop connections after some minutes.
    const ending = endOf(handle).finally(() => (ended.yes = true));
    const marks: Mark[] = [];
    while (!ended.yes) {
      marks.push(await markOf(tuning, training, prompts.length));
      await sleep(1000);
    }
    const { progress, error } = await ending;
    if (!progress || progress.status !== 'completed')
      throw new Error(`the run did not complete: ${error ?? progress?.endedEarly}`);
    marks.push(await markOf(tuning, training, prompts.length));
    const executions = await executionsOf(stack.client, handle.workflowId);
    const rows: Row[] = [];
    let done = 0;
    for (const execution of executions) {
      const of = (await trainingsOf(stack.client, handle.workflowId, execution.runId)).length;
      // The first one ends with the plan's parameter, the last one with the run.
      if (of >= ROUNDS / 2) rows.push(rowOf(execution, done, of, marks, prompts));
      done += of;
    }
    tell(rows, progress.trials.trained, executions.length);
  } finally {
    await stack.end();
    await openai.close();
  }
}

function tell(rows: readonly Row[], trained: number, executions: number): void {
  const head = ['rounds', 'events', 'kB of history', 'prompt, bytes', 'workflow, ms', 'worker, CPU ms', 'worker, MiB'];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const row of rows)
    table.push([
      row.rounds,
      row.events.toFixed(1),
      (row.bytes / 1000).toFixed(1),
      row.promptBytes.toFixed(0),
      row.workflowMs.toFixed(0),
      row.workerMs.toFixed(0),
      row.memory.toFixed(0),
    ]);
  console.log(
    `One run: ${trained} trainings in ${executions} executions, a language model on loopback that is asked each time. Per round, but for the memory; of each execution:`,
  );
  console.log(table.toString());
  const [early, late] = [rows.slice(3, 7), rows.slice(-4)];
  if (rows.length < 12) return;
  const ratio = (of: (row: Row) => number) => (meanOf(late.map(of)) / meanOf(early.map(of))).toFixed(2);
  console.log(
    `The last four executions over the fourth to seventh: events ${ratio(({ events }) => events)}, history ${ratio(({ bytes }) => bytes)}, prompt ${ratio(({ promptBytes }) => promptBytes)}, workflow ${ratio(({ workflowMs }) => workflowMs)}.`,
  );
}
