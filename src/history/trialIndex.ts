/** What is asked of the index, and what it is told. */
import { runLayout } from '../training/layout.ts';
import { together, withIndex } from './database.ts';
import type { Warn } from './database.ts';
import { dropRun, refresh } from './refreshing.ts';
import { putRow, readTrialRow } from './trialRow.ts';

/** Candidates for one answer; more are not looked at. */
const MOST_CANDIDATES = 10;
/** Earlier runs looked at for evidence, newest first. */
const MOST_RUNS = 100;

/**
 * Other runs that have finished this very trial; those whose model was on the disk first, then the newest.
 *
 * @returns An empty list also where the index cannot be used, which `warn` is told.
 */
export async function runsWithTrial(outputRoot: string, run: string, trial: string, warn: Warn): Promise<string[]> {
  const found = await withIndex(outputRoot, warn, async (index) => {
    await refresh(index, outputRoot);
    return index
      .prepare(
        'SELECT run FROM trials WHERE trial = ? AND run <> ? ORDER BY has_model DESC, finished_at DESC, run LIMIT ?',
      )
      .all(trial, run, MOST_CANDIDATES)
      .map((row) => String(row['run']));
  });
  return found ?? [];
}

/** Other runs that tuned these weights, newest first. */
export async function runsOfModel(outputRoot: string, run: string, model: string, warn: Warn): Promise<string[]> {
  const found = await withIndex(outputRoot, warn, async (index) => {
    await refresh(index, outputRoot);
    return index
      .prepare('SELECT run FROM runs WHERE model_fingerprint = ? AND run <> ? ORDER BY started_at DESC, run LIMIT ?')
      .all(model, run, MOST_RUNS)
      .map((row) => String(row['run']));
  });
  return found ?? [];
}

/** Adds a trial that has just finished. */
export async function rememberTrial(outputRoot: string, run: string, trial: string, warn: Warn): Promise<void> {
  await withIndex(outputRoot, warn, async (index) => {
    const known = index.prepare('SELECT data_fingerprint, model_fingerprint FROM runs WHERE run = ?').get(run);
    const row = await readTrialRow(runLayout(outputRoot, run), run, trial, {
      dataFingerprint: textOrNull(known?.['data_fingerprint']),
      modelFingerprint: textOrNull(known?.['model_fingerprint']),
    });
    if (row) together(index, () => putRow(index, row));
  });
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** Takes a removed run out. */
export async function forgetRun(outputRoot: string, run: string, warn: Warn): Promise<void> {
  await withIndex(outputRoot, warn, (index) => together(index, () => dropRun(index, run)));
}
