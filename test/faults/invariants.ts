/**
 * What must hold after every fault. Each rule returns what is wrong, in sentences; nothing is wrong when all are empty.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { Worker } from '@temporalio/worker';
import type { WorkflowBundle } from '@temporalio/worker';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';
import type { Evidence } from './evidence.ts';
import { listeningAddresses } from './processes.ts';
import { STORE_SECRET } from '../store/s3Server.ts';
import { CANARY } from './stage.ts';
import type { Stage } from './stage.ts';

/** 127.0.0.1 as /proc/net/tcp writes it. */
const LOOPBACK = '0100007F';

export interface Expected {
  /**
   * The undisturbed run with the same seed; null when the adviser's answers were others, so that other trials are
   * right.
   */
  reference: Evidence | null;
  lostFiles: boolean;
  /** Calls that may have been paid for twice: the one window that docs/architecture.md names. */
  repeatedCalls: number;
  /** Replies that reached a worker which died with them: paid for, so they count. */
  lostReplies: number;
  /** The report must tell of an interruption. */
  interrupted: boolean;
}

/** Scores and digests by trial, over all runs of a session: one configuration has one result, whatever happened. */
export type Registry = Map<string, string>;

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

export function sameResult(
  { outcome, trials }: Evidence,
  { reference, lostFiles, lostReplies }: Expected,
  registry: Registry,
): string[] {
  const problems: string[] = [];
  for (const { id, result } of trials) {
    if (!result) continue;
    const found = `${result.score} ${result.model_digest}`;
    if ((registry.get(id) ?? found) !== found)
      problems.push(`trial ${id} has score and model ${found}, elsewhere ${registry.get(id)}`);
    registry.set(id, registry.get(id) ?? found);
  }
  if (outcome.status !== 'completed') problems.push(`the run ended as ${outcome.status}`);
  if (!reference) return problems;
  if (!same(outcome.best, reference.outcome.best))
    problems.push(`best is ${JSON.stringify(outcome.best)}, undisturbed ${JSON.stringify(reference.outcome.best)}`);
  if (
    !lostFiles &&
    !same(
      trials.map(({ id }) => id),
      reference.trials.map(({ id }) => id),
    )
  )
    problems.push('other trials than undisturbed');
  if (outcome.usage.calls !== reference.outcome.usage.calls + lostReplies)
    problems.push(
      `${outcome.usage.calls} calls counted, undisturbed ${reference.outcome.usage.calls}, lost ${lostReplies}`,
    );
  return problems;
}

/** Each trial finished once, and nothing was done for it afterwards. */
export function trainedOnce({ trials, outcome }: Evidence): string[] {
  const problems = trials.flatMap(({ id, result, events }) => {
    if (!result) return [];
    const finished = events.filter(({ event }) => event === 'finished').length;
    const late = events.filter(
      ({ event, t }) => event === 'started' && t * 1000 > Date.parse(result.finished_at),
    ).length;
    return [
      ...(finished > 1 ? [`trial ${id} finished ${finished} times`] : []),
      ...(late > 0 ? [`trial ${id} was started again after its result`] : []),
    ];
  });
  const results = trials.filter(({ result }) => result).length;
  return results === outcome.trained
    ? problems
    : [...problems, `${results} result files for ${outcome.trained} trained trials`];
}

export function paidOnce({ calls }: Evidence, { repeatedCalls }: Expected): string[] {
  const prompts = calls.map(({ body }) => JSON.stringify(body.messages));
  const repeated = prompts.length - new Set(prompts).size;
  return repeated > repeatedCalls ? [`${repeated} adviser calls were repeated`] : [];
}

/** No lock, checkpoint or temporary file of the run is left. */
export function tidyFiles(stage: Stage, { folder }: Evidence): string[] {
  const files = [...listed(folder), ...listed(path.join(stage.home, 'reports')), ...readdirSync(stage.home)];
  // A question that was never answered stays on record as asked.
  const answered = (file: string): boolean =>
    !file.endsWith('.asked') || files.includes(file.replace(/asked$/, 'json'));
  const left = files.filter(
    (file) =>
      /(^|\/)(lock\.json|checkpoints)$|\.(new|old|bad|asked|stale)$|\.(json|md|html|svg|jsonl)\.\d+$/.test(file) &&
      answered(file),
  );
  return left.length > 0 ? [`left behind: ${left.slice(0, 5).join(', ')}`] : [];
}

const listed = (folder: string): string[] =>
  existsSync(folder) ? (readdirSync(folder, { recursive: true }) as string[]) : [];

/** Every process of the stage descends from its supervisor (or is a client of ours), and no training runs. */
export function tidyProcesses(stage: Stage): string[] {
  const { supervisor } = stage.stack();
  const all = stage.processes();
  const byPid = new Map(all.map((one) => [one.pid, one]));
  const supervised = (pid: number): boolean =>
    pid === supervisor.pid || (byPid.has(pid) && supervised(byPid.get(pid)!.parent));
  const strays = all.filter(({ pid, command }) => !supervised(pid) && !command.includes('src/client/main.ts'));
  const stopped = all.filter(({ state }) => state === 'T');
  return [
    ...strays.map(({ pid, command }) => `process ${pid} is left: ${command.slice(0, 80)}`),
    ...stopped.map(({ pid }) => `process ${pid} is stopped`),
  ];
}

/** Nothing of the stage listens to other machines. */
export function onLoopbackOnly(stage: Stage): string[] {
  const addresses = listeningAddresses(stage.processes());
  if (addresses.length === 0) return ['nothing of the stage listens at all'];
  return addresses
    .filter((address) => address !== LOOPBACK)
    .map((address) => `something listens at the address ${address}, beyond this machine`);
}

export function toldInReport({ outcome }: Evidence, { interrupted }: Expected): string[] {
  const report = readFileSync(path.resolve(PROJECT_ROOT, outcome.report), 'utf8');
  return interrupted && !report.includes('Interruptions') ? ['the report does not tell of the interruption'] : [];
}

export async function replays({ histories }: Evidence, workflowBundle: WorkflowBundle): Promise<string[]> {
  for (const [index, history] of histories.entries()) {
    try {
      await Worker.runReplayHistory({ workflowBundle }, history, 'tuning-replayed');
    } catch (error) {
      return [`history ${index + 1} does not replay: ${(error as Error).message}`];
    }
  }
  return [];
}

/** The key is in no file (the server's database with all histories included) and on no command line. */
export function keptSecret(stage: Stage): string[] {
  let files = '';
  try {
    files = execFileSync('grep', ['-rlF', '-e', CANARY, '-e', STORE_SECRET, stage.home], { encoding: 'utf8' });
  } catch (error) {
    if ((error as { status?: number }).status !== 1) throw error;
  }
  const shown = stage
    .processes()
    .filter(({ command }) => [CANARY, STORE_SECRET].some((secret) => command.includes(secret)));
  return [
    ...files
      .split('\n')
      .filter(Boolean)
      .map((file) => `the key is in ${file}`),
    ...shown.map(({ pid }) => `the key is on the command line of ${pid}`),
  ];
}
