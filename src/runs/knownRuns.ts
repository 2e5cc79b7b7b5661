/** Runs from both places that know them: the server, and the disk, which keeps them when the server has forgotten. */
import type { WorkflowExecutionInfo } from '@temporalio/client';
import { ConfigError } from '../config/configError.ts';
import { nearest } from '../config/messages.ts';
import { resolveConfig } from '../config/resolve.ts';
import { formatValue, formatsOf } from '../domain/formats.ts';
import { metricOf } from '../domain/metric.ts';
import type { Metric } from '../domain/metric.ts';
import { incumbentOf } from '../domain/runTrials.ts';
import { shownOrNull } from '../domain/shownScores.ts';
import type { RunState } from '../domain/runState.ts';
import { runFolders, wholeState } from '../training/runRecord.ts';
import type { ReadRecord, RunRecord } from '../training/runRecord.ts';
import { SEARCH_ATTRIBUTES, stateQuery } from '../workflows/messages.ts';
import { listRuns, runOf, workflowIdOf } from './runList.ts';
import { connectToServer } from './server.ts';
import type { Server } from './server.ts';
import { statusWord } from './statusWords.ts';
import { UserError } from './userError.ts';
import { t, translated } from '../words/catalogue.ts';

export interface Sources {
  server: Server | null;
  /** Why there is no server; null when there is one. */
  problem: UserError | null;
  /** Where runs are looked for on the disk: OUTPUT_DIR_ROOT of the configuration in force. */
  outputRoot: string;
}

export interface KnownRun {
  run: string;
  workflowId: string;
  /** What the server says; null when it does not know the run or does not answer. */
  info: WorkflowExecutionInfo | null;
  /** Whether the run has a folder under OUTPUT_DIR_ROOT. */
  folder: boolean;
  /** The state that the run left there; null when it left none. */
  record: RunRecord | null;
}

/** What these commands print may be read by programs; what concerns the stack goes to stderr. */
const tellAside = (line: string): void => void process.stderr.write(`${line}\n`);

/** Connects if that is possible, and starts nothing. */
export async function openSources(): Promise<Sources> {
  const outputRoot = outputRootInForce();
  try {
    return { server: await connectToServer({ start: false, say: tellAside }), problem: null, outputRoot };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { server: null, problem: error, outputRoot };
  }
}

/** @throws UserError when the configuration cannot be used. */
export function outputRootInForce(): string {
  try {
    return resolveConfig({ environment: process.env }).DEFAULT_CONFIG.OUTPUT_DIR_ROOT;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new UserError(
      `${t`The configuration cannot be used:`}\n${error.problems.map((problem) => `  ${translated(problem)}`).join('\n')}`,
    );
  }
}

/** Every run, newest first. */
export async function knownRuns({ server, outputRoot }: Sources, read?: ReadRecord): Promise<KnownRun[]> {
  const known = new Map<string, KnownRun>();
  for (const info of server ? await listRuns(server) : []) {
    const run = runOf(info.workflowId);
    known.set(run, { run, workflowId: info.workflowId, info, folder: false, record: null });
  }
  for (const { run, record } of await runFolders(outputRoot, read)) {
    const info = known.get(run)?.info ?? null;
    known.set(run, { run, workflowId: record?.workflowId ?? workflowIdOf(run), info, folder: true, record });
  }
  return [...known.values()].sort((a, b) => startOf(b) - startOf(a) || b.run.localeCompare(a.run));
}

/** Unix milliseconds; a run's record knows its first start, the server that of its last continuation. */
function startOf({ info, record }: KnownRun): number {
  return record?.state.startedAt ?? info?.startTime.getTime() ?? 0;
}

/**
 * The run that a person means: by its name, its workflow id, the start of one, or nothing for the newest.
 *
 * @throws UserError when there is no such run, or several.
 */
export function findRun(runs: readonly KnownRun[], typed: string | undefined): KnownRun {
  if (typed === undefined) {
    const chosen = runs.find(({ info }) => info?.status.name === 'RUNNING') ?? runs[0];
    if (!chosen) throw new UserError(t`there is no run yet: start one with \`npm run start-run\``);
    return chosen;
  }
  const wanted = workflowIdOf(typed);
  const exact = runs.find(({ workflowId }) => workflowId === wanted);
  if (exact) return exact;
  const matches = runs.filter(({ workflowId }) => workflowId.startsWith(wanted));
  if (matches.length === 1) return matches[0]!;
  if (matches.length > 1)
    throw new UserError(
      t`${typed} is the start of ${matches.length} runs: ${matches.map(({ run }) => run).join(', ')}`,
    );
  const names = runs.map(({ run }) => run);
  const there = names.slice(0, 10).join(', ');
  if (there === '') throw new UserError(t`there is no run ${typed}; there are: none`);
  const meant = nearestRun(typed, names);
  throw new UserError(
    meant === null
      ? t`there is no run ${typed}; there are: ${there}`
      : t`there is no run ${typed}; did you mean ${meant}? There are: ${there}`,
  );
}

/** A name may be mistyped with the time of its start or without it. */
function nearestRun(typed: string, names: readonly string[]): string | null {
  const bare = (run: string) => run.replace(/-\d{8}-\d{6}$/, '');
  const whole = nearest(typed, names);
  const meant = whole ?? nearest(typed, names.map(bare));
  return names.find((run) => run === meant || bare(run) === meant) ?? null;
}

export type Standing = 'running' | 'ended' | 'unknown';

/**
 * Whether a run has ended, as far as can be told from here: a record that says `running` may be of a run whose server
 * is away, is another one, or has lost it.
 */
export function standingOf({ info, record }: KnownRun): Standing {
  if (info) return info.status.name === 'RUNNING' ? 'running' : 'ended';
  return record && record.state.status !== 'running' ? 'ended' : 'unknown';
}

/** The words of `runs`, the same from either place. */
export function rowOf(
  known: KnownRun,
  { server }: Sources,
): Record<'run' | 'status' | 'started', string> & {
  tuning: string | null;
  /** As the metric counts it. */
  best: number | null;
  /** Null: the run has no record here, and the server does not know it. */
  metric: Metric | null;
} {
  const { run, info, record } = known;
  const attributes = info?.typedSearchAttributes;
  const state = standingOf(known) === 'running' ? null : record?.state;
  const metric = record && metricOf(record.state);
  // The server's is as the metric counts it, whichever that is.
  const best =
    state && metric
      ? shownOrNull(metric, incumbentOf(state)?.result.score)
      : (attributes?.get(SEARCH_ATTRIBUTES.bestScore) ?? null);
  return {
    run,
    status: info ? info.status.name.toLowerCase() : statusOnDisk(record, server),
    tuning: state
      ? state.status === 'running'
        ? state.phase
        : state.status
      : (attributes?.get(SEARCH_ATTRIBUTES.status) ?? null),
    best,
    metric,
    started: new Date(startOf(known)).toISOString(),
  };
}

/** `0.6712`, or with its name where every run may have another metric; five digits where it is not known. */
export const bestText = ({ best, metric }: Pick<ReturnType<typeof rowOf>, 'best' | 'metric'>): string => {
  if (metric === null) return best === null ? '–' : formatValue(Number(best.toPrecision(5)));
  const text = formatsOf({ ...metric, direction: 'maximize' }).formatScore(best);
  return metric.scale === 'free' && best !== null ? `${metric.name} ${text}` : text;
};

function statusOnDisk(record: RunRecord | null, server: Server | null): string {
  if (!record) return 'unknown';
  const { status } = record.state;
  if (status === 'stopped') return 'completed';
  return status === 'running' && server ? 'lost' : status;
}

/**
 * A run's whole state: from its record when the run left one at its end; else the server is asked, which knows more than
 * the record of the last parameter, if it knows the run at all.
 *
 * @throws UserError when neither can tell.
 */
export async function stateOf(
  known: KnownRun,
  { server, problem }: Sources,
  tell: (line: string) => void = tellAside,
): Promise<RunState> {
  const { run, workflowId, info, record } = known;
  const last = record !== null && record.state.status !== 'running' && standingOf(known) !== 'running';
  if (record && (last || !info)) return record.state;
  if (!server || !info) throw problem ?? new UserError(noRecord(run), 1);
  try {
    return await wholeState(await server.client.workflow.getHandle(workflowId).query(stateQuery));
  } catch (error) {
    const why = t`the run's state cannot be read from the server (${translated((error as Error).message)}); is a worker running? npm run status tells`;
    if (!record) throw new UserError(why, 1);
    tell(t`${why}. This is its record of ${record.savedAt}.`);
    return record.state;
  }
}

const noRecord = (run: string): string =>
  t`${run} has a folder but no record that can be read: a release before 0.3.0 made it, or it was cut off before its first parameter was done; the server does not know it`;

/**
 * The server, for a command that speaks with a run.
 *
 * @throws UserError when the run has ended, or there is no server.
 */
export function serverFor(known: KnownRun, { server, problem }: Sources): Server {
  if (!known.info && standingOf(known) === 'ended')
    throw new UserError(
      t`${known.run} has ended (${statusWord(known.record!.state.status)}), and is kept on the disk alone: \`npm run show -- ${known.run}\` shows it`,
      1,
    );
  if (!server) throw problem!;
  if (!known.info) throw new UserError(t`the server at ${server.address} does not know ${known.run}`, 1);
  return server;
}
