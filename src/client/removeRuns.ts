/** `remove` and `prune`: runs that are over, taken off the disk and off the server. Without --yes they only say what would go. */
import Table from 'cli-table3';
import { EXIT } from '../runs/exitCodes.ts';
import { bestText, findRun, knownRuns, openSources, rowOf, standingOf } from '../runs/knownRuns.ts';
import type { KnownRun, Sources } from '../runs/knownRuns.ts';
import { statusWord } from '../runs/statusWords.ts';
import { UserError } from '../runs/userError.ts';
import { diskBytes } from '../training/diskUse.ts';
import { forgetRun } from '../history/trialIndex.ts';
import { removeAdviserKey } from '../local/adviserKeys.ts';
import { runLayout } from '../training/layout.ts';
import { finishRemovals, isNewestBest, removeNewestBest, removeRunFolder } from '../training/removal.ts';
import { isBeingWritten } from '../training/trialDirectory.ts';
import { openStore } from '../store/openStore.ts';
import { StoreTrouble } from '../store/store.ts';
import { chooseForPruning, endOfRun, parseAge } from './pruning.ts';
import { formatBytes } from './screen.ts';
import { t, translated } from '../words/catalogue.ts';

interface Common {
  yes?: boolean;
  json?: boolean;
}

export type RemoveOptions = Common & { force?: boolean };
export type PruneOptions = Common & { olderThan?: string; keepBest?: string };

export async function remove(run: string, options: RemoveOptions): Promise<number> {
  const sources = await openSources();
  const known = findRun(await knownRuns(sources), run);
  const standing = standingOf(known);
  if (standing === 'running') throw new UserError(t`${known.run} is running: stop or cancel it first`, 1);
  if (standing === 'unknown' && !options.force)
    throw new UserError(t`${whyUnknown(known, sources)}; --force removes it`, 1);
  return take([known], sources, options);
}

export async function prune(options: PruneOptions): Promise<number> {
  const olderThanMs = options.olderThan === undefined ? null : parseAge(options.olderThan);
  const keepBest = options.keepBest === undefined ? null : parseCount(options.keepBest);
  if (olderThanMs === null && keepBest === null)
    throw new UserError(t`say which runs may go: --older-than 30d, --keep-best 5, or both`);
  const sources = await openSources();
  const all = await knownRuns(sources);
  const unsure = all.filter((known) => standingOf(known) === 'unknown');
  for (const known of unsure) process.stderr.write(`${t`left: ${whyUnknown(known, sources)}`}\n`);
  return take(chooseForPruning(all, { olderThanMs, keepBest, now: Date.now() }), sources, options);
}

function whyUnknown({ run, record }: KnownRun, { problem, server }: Sources): string {
  const what = record ? t`its record says ${statusWord(record.state.status)}` : t`it has no record`;
  const who = server
    ? t`the server at ${server.address} does not know it`
    : t`no server answers (${translated(problem!.message)})`;
  return t`whether ${run} has ended cannot be told: ${what}, and ${who}`;
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(count))
    throw new UserError(t`--keep-best ${text}: must be a whole number, 0 or more`);
  return count;
}

async function take(
  chosen: readonly KnownRun[],
  sources: Sources,
  { yes = false, json = false }: Common,
): Promise<number> {
  const { outputRoot } = sources;
  const rows = [];
  for (const known of chosen) {
    const layout = runLayout(outputRoot, known.run);
    if (await isBeingWritten(layout))
      throw new UserError(t`a training of ${known.run} is still leaving: try again in a moment`, 1);
    const bytes = known.folder ? await diskBytes([layout.root]) : 0;
    const newest = await isNewestBest(outputRoot, known.run);
    rows.push({
      ...rowOf(known, sources),
      ended: isoOrNull(endOfRun(known)),
      bytes,
      bestOverallModel: newest,
      removed: yes,
    });
  }
  if (yes) {
    await finishRemovals(outputRoot);
    for (const known of chosen) await removeOne(known, sources);
  }
  if (json) process.stdout.write(`${JSON.stringify(rows)}\n`);
  else print(rows, yes);
  return EXIT.done;
}

const isoOrNull = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

/** The server first: what is cut off in between is found on the disk by the next `remove`. */
async function removeOne({ run, workflowId, info, record }: KnownRun, { server, outputRoot }: Sources): Promise<void> {
  if (server && info) {
    const { namespace, client } = server;
    for await (const { runId } of client.workflow.list({ query: `WorkflowId = '${workflowId}'` }))
      await client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution: { workflowId, runId } });
  }
  await removeAdviserKey(record?.state.adviserAccess ?? null);
  await removeFromStore(run, record);
  await removeNewestBest(outputRoot, run);
  await removeRunFolder(outputRoot, run);
  await forgetRun(outputRoot, run, (message) => process.stderr.write(`${translated(message)}\n`));
}

/** Before the folder, whose record says which store it is: what is cut off in between is found by the next `remove`. */
async function removeFromStore(run: string, record: KnownRun['record']): Promise<void> {
  const store = record?.state.config.DEFAULT_CONFIG.STORE;
  if (!store) return;
  try {
    await openStore(store).removeFolder(run);
  } catch (error) {
    if (!(error instanceof StoreTrouble)) throw error;
    throw new UserError(
      t`${run} is still in the store, and stays here until it can go there too: ${translated(error.message)}`,
      1,
    );
  }
}

type Row = ReturnType<typeof rowOf> & { ended: string | null; bytes: number; bestOverallModel: boolean };

function print(rows: readonly Row[], removed: boolean): void {
  if (rows.length === 0) {
    process.stdout.write(`${t`No run is to be removed.`}\n`);
    return;
  }
  const table = new Table({ head: [t`run`, t`status`, t`best`, t`ended`, t`disk`], style: { head: [], border: [] } });
  rows.forEach((row) =>
    table.push([row.run, statusWord(row.status), bestText(row), row.ended ?? '–', formatBytes(row.bytes)]),
  );
  process.stdout.write(`${table.toString()}\n`);
  for (const { run, bestOverallModel } of rows)
    if (bestOverallModel)
      process.stdout.write(
        `${removed ? t`best_overall_model pointed to ${run}: it is gone too` : t`best_overall_model points to ${run}: it would go too`}\n`,
      );
  const room = formatBytes(rows.reduce((sum, { bytes }) => sum + bytes, 0));
  const total = rows.length === 1 ? t`1 run, ${room}` : t`${rows.length} runs, ${room}`;
  process.stdout.write(
    `${removed ? t`Removed: ${total}. Reports stay where they are.` : t`Nothing was removed. With --yes: ${total}.`}\n`,
  );
}
