/** Bringing the index in line with the runs' folders, which alone are the truth. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { runNameSchema } from '../domain/fields.ts';
import { PROJECT_ROOT } from '../projectRoot.ts';
import { runLayout } from '../training/layout.ts';
import type { RunLayout } from '../training/layout.ts';
import { readRunRecord } from '../training/runRecord.ts';
import { together } from './database.ts';
import { putRow, readTrialRow } from './trialRow.ts';
import type { Fingerprints, TrialRow } from './trialRow.ts';

/**
 * Reads the runs that changed since they were read last, and drops those that are gone. An empty index is filled by it.
 *
 * A run counts as changed when its record was written, or a trial came; the row of a trial that ends in between is put
 * by the activity that ends it.
 */
export async function refresh(index: DatabaseSync, outputRoot: string): Promise<void> {
  const found = await runStamps(outputRoot);
  const known = new Map(
    index
      .prepare('SELECT run, stamp FROM runs')
      .all()
      .map(({ run, stamp }) => [String(run), String(stamp)]),
  );
  const gone = [...known.keys()].filter((run) => !found.has(run));
  if (gone.length > 0) together(index, () => gone.forEach((run) => dropRun(index, run)));
  const changed = [...found].filter(([run, stamp]) => known.get(run) !== stamp);
  for (let from = 0; from < changed.length; from += AT_ONCE) {
    const some = changed.slice(from, from + AT_ONCE);
    const read = await Promise.all(some.map(([run, stamp]) => readRun(outputRoot, run, stamp)));
    together(index, () => read.forEach((run) => putRun(index, run)));
  }
}

/** Runs read side by side and written together: a transaction waits for the disk. */
const AT_ONCE = 50;

interface FoundRun {
  run: string;
  stamp: string;
  startedAt: number | null;
  fingerprints: Fingerprints;
  /** Every trial, finished or not. */
  trials: string[];
  rows: TrialRow[];
}

/** Takes a run's rows out. */
export function dropRun(index: DatabaseSync, run: string): void {
  index.prepare('DELETE FROM trials WHERE run = ?').run(run);
  index.prepare('DELETE FROM runs WHERE run = ?').run(run);
}

async function runStamps(outputRoot: string): Promise<Map<string, string>> {
  const entries = await readdir(path.resolve(PROJECT_ROOT, outputRoot), { withFileTypes: true });
  const runs = entries.filter((entry) => entry.isDirectory() && runNameSchema.safeParse(entry.name).success);
  const stamped = await Promise.all(runs.map(async ({ name }) => [name, await stampOf(outputRoot, name)] as const));
  return new Map(stamped.filter((entry): entry is [string, string] => entry[1] !== null));
}

/** Changes when the run's record or the list of its trials does; null for a folder that is no run's. */
async function stampOf(outputRoot: string, run: string): Promise<string | null> {
  const { record, trials } = runLayout(outputRoot, run);
  const [ofRecord, ofTrials] = await Promise.all([record, trials].map((file) => stat(file).catch(() => null)));
  if (!ofRecord && !ofTrials) return null;
  return [ofRecord?.mtimeMs, ofRecord?.size, ofTrials?.mtimeMs].map((part) => part ?? '-').join(' ');
}

async function readRun(outputRoot: string, run: string, stamp: string): Promise<FoundRun> {
  const layout = runLayout(outputRoot, run);
  const state = (await readRunRecord(outputRoot, run))?.state;
  const fingerprints: Fingerprints = {
    dataFingerprint: state?.trainer?.inspection.data.fingerprint ?? null,
    modelFingerprint: state?.trainer?.inspection.model.fingerprint ?? null,
  };
  const trials = await trialsIn(layout);
  const rows = await Promise.all(trials.map((trial) => readTrialRow(layout, run, trial, fingerprints)));
  const finished = rows.filter((row) => row !== null);
  return { run, stamp, startedAt: state?.startedAt ?? null, fingerprints, trials, rows: finished };
}

function putRun(index: DatabaseSync, { run, stamp, startedAt, fingerprints, trials, rows }: FoundRun): void {
  index
    .prepare(
      `INSERT OR REPLACE INTO runs (run, stamp, started_at, data_fingerprint, model_fingerprint) VALUES (?, ?, ?, ?, ?)`,
    )
    .run(run, stamp, startedAt, fingerprints.dataFingerprint, fingerprints.modelFingerprint);
  // A trial that ended while its run was read has its row already.
  const stays = new Set(trials);
  for (const { trial } of index.prepare('SELECT trial FROM trials WHERE run = ?').all(run))
    if (!stays.has(String(trial))) index.prepare('DELETE FROM trials WHERE run = ? AND trial = ?').run(run, trial!);
  for (const row of rows) putRow(index, row);
}

async function trialsIn({ trials }: RunLayout): Promise<string[]> {
  const entries = await readdir(trials, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return entries
    .filter((entry) => entry.isDirectory() && runNameSchema.safeParse(entry.name).success)
    .map(({ name }) => name);
}
