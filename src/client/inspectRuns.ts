/** `runs`, `show`, `report`, `decide`, `attach`: commands about runs that exist. */
import Table from 'cli-table3';
import { DECISIONS } from '../domain/decisions.ts';
import type { Decision } from '../domain/decisions.ts';
import { formatDelta, formatScore, progressOf, trialTitle, trialVerdict } from '../domain/progress.ts';
import type { RunState } from '../domain/runState.ts';
import { writeReportFiles } from '../reports/writeReport.ts';
import { SEARCH_ATTRIBUTES, trialsQuery } from '../workflows/messages.ts';
import type { tuningRun } from '../workflows/tuningRun.ts';
import { refusal, sendDecision } from './gatePrompt.ts';
import type { Handle } from './gatePrompt.ts';
import { closingLines } from './liveView.ts';
import { EXIT } from './outcome.ts';
import { findRun, listRuns, runOf } from './runList.ts';
import { createScreen, plain } from './screen.ts';
import { connectToServer, runUrl } from './server.ts';
import type { Server } from './server.ts';
import { followToEnd } from './startRun.ts';
import { UserError } from './userError.ts';

/** What these commands print may be read by programs; what concerns the stack goes to stderr. */
const looking = { start: false, say: (line: string) => void process.stderr.write(`${line}\n`) };

export async function attach(run: string | undefined, { json = false }: { json?: boolean }): Promise<number> {
  const server = await connectToServer(looking);
  const workflowId = await findRun(server, run);
  const screen = createScreen(json ? process.stderr : process.stdout);
  screen.line(`Following ${runOf(workflowId)}`);
  return followToEnd(server, workflowId, screen, json);
}

export async function runs({ json = false }: { json?: boolean }): Promise<number> {
  const server = await connectToServer(looking);
  const found = await listRuns(server);
  const rows = found.map((info) => ({
    run: runOf(info.workflowId),
    status: info.status.name.toLowerCase(),
    tuning: info.typedSearchAttributes.get(SEARCH_ATTRIBUTES.status) ?? null,
    best: info.typedSearchAttributes.get(SEARCH_ATTRIBUTES.bestScore) ?? null,
    started: info.startTime.toISOString(),
  }));
  if (json) process.stdout.write(`${JSON.stringify(rows)}\n`);
  else if (rows.length === 0) process.stdout.write('There is no run yet: start one with npm run start-run\n');
  else {
    const table = new Table({ head: ['run', 'status', 'tuning', 'best', 'started'], style: { head: [], border: [] } });
    rows.forEach((row) => table.push([row.run, row.status, row.tuning ?? '–', formatScore(row.best), row.started]));
    process.stdout.write(`${table.toString()}\n`);
  }
  return EXIT.done;
}

export async function show(run: string | undefined, { json = false }: { json?: boolean }): Promise<number> {
  const server = await connectToServer(looking);
  const { state, workflowId } = await stateOf(server, run);
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ ...progressOf(state), trials: state.trials, refusals: state.refusals, decisions: state.decisions, webUi: runUrl(server, workflowId) })}\n`,
    );
    return EXIT.done;
  }
  const table = new Table({
    head: ['trial', 'tried', 'round', 'score', 'Δ', 'decision', 'by'],
    style: { head: [], border: [] },
  });
  state.trials.forEach((trial) =>
    table.push([
      trial.number,
      trialTitle(trial),
      trial.round ?? '–',
      formatScore(trial.result?.score),
      formatDelta(trial.delta),
      trialVerdict(trial),
      trial.proposedBy,
    ]),
  );
  process.stdout.write(`${table.toString()}\n${closingLines(progressOf(state)).join('\n')}\n`);
  return EXIT.done;
}

/** Writes a run's report again, from its history. */
export async function report(run: string | undefined): Promise<number> {
  const server = await connectToServer(looking);
  const { state, workflowId } = await stateOf(server, run);
  const { path } = await writeReportFiles(state, { workflowId });
  process.stdout.write(`${path}\n`);
  return EXIT.done;
}

/** Decisions as they are typed: `stop` alone means the run. */
const WORDS: Record<string, Decision['decision']> = {
  ...Object.fromEntries(DECISIONS.map((word) => [word, word])),
  stop: 'stop-run',
};

export async function decide(run: string, word: string, assignment: string | undefined): Promise<number> {
  const decision = WORDS[word];
  if (!decision) throw new UserError(`${word} is no decision; allowed: ${Object.keys(WORDS).join(', ')}`);
  const server = await connectToServer(looking);
  const handle: Handle = server.client.workflow.getHandle<typeof tuningRun>(await findRun(server, run));
  try {
    const answer = await sendDecision(handle, { decision, ...(decision === 'set' ? parseAssignment(assignment) : {}) });
    process.stdout.write(`${plain(answer)}\n`);
    return EXIT.done;
  } catch (error) {
    const refused = refusal(error);
    if (refused !== null) throw new UserError(`refused: ${refused}`);
    throw error;
  }
}

function parseAssignment(assignment: string | undefined): { key: string; value: string | number } {
  const [, key, text] = /^([A-Z_]+)=(.+)$/.exec(assignment ?? '') ?? [];
  if (!key || text === undefined) throw new UserError('set needs KEY=VALUE, for example: set LEARNING_RATE=5e-5');
  const number = Number(text);
  return { key, value: Number.isFinite(number) ? number : text };
}

async function stateOf(server: Server, run: string | undefined): Promise<{ state: RunState; workflowId: string }> {
  const workflowId = await findRun(server, run);
  try {
    return { state: await server.client.workflow.getHandle(workflowId).query(trialsQuery), workflowId };
  } catch (error) {
    throw new UserError(
      `the run's state cannot be read (${(error as Error).message}); is a worker running? npm run status tells`,
      1,
    );
  }
}
