/**
 * The index of all runs' trials: an SQLite file under OUTPUT_DIR_ROOT.
 *
 * It is a cache. What it says is made from the runs' folders (`refreshing.ts`) and is checked against them before it is
 * used, so it may be deleted at any time, and whatever is wrong with it costs a run nothing but the reuse. Several
 * processes may use it at once: each change is one transaction, and two of them writing the same rows write the same.
 */
import { access, rm } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { PROJECT_ROOT } from '../projectRoot.ts';

/** Raised with every change of the tables: an index of another schema is emptied and made anew. */
const SCHEMA = 1;

/** No secret can get in: a trial's configuration has none, and nothing else of a run's settings is kept. */
const TABLES = `
  CREATE TABLE runs (
    run TEXT PRIMARY KEY, stamp TEXT NOT NULL, started_at INTEGER,
    data_fingerprint TEXT, model_fingerprint TEXT
  ) STRICT;
  CREATE TABLE trials (
    trial TEXT NOT NULL, run TEXT NOT NULL, config TEXT NOT NULL, score REAL NOT NULL, looks TEXT NOT NULL,
    seconds REAL NOT NULL, model_digest TEXT NOT NULL, data_fingerprint TEXT, model_fingerprint TEXT,
    has_model INTEGER NOT NULL, finished_at TEXT, trained_by TEXT NOT NULL,
    PRIMARY KEY (trial, run)
  ) STRICT;
  CREATE INDEX trials_of_run ON trials (run);
`;

/** How long a writer waits for another one; their transactions take milliseconds. */
const BUSY_MS = 1000;

/** Told, in a sentence, what kept the index from being used. */
export type Warn = (message: string) => void;

export const indexFile = (outputRoot: string): string =>
  path.join(path.resolve(PROJECT_ROOT, outputRoot), '.index.sqlite');

/**
 * Does work with the index. A damaged one is thrown away and the work done with an empty one, which it must fill; one
 * that cannot be used (locked for too long, a disk that is full or read-only) is left out, and said so.
 *
 * @returns What the work returns; null when there is no index to be had.
 */
export async function withIndex<T>(
  outputRoot: string,
  warn: Warn,
  work: (index: DatabaseSync) => Promise<T> | T,
): Promise<T | null> {
  const file = indexFile(outputRoot);
  if (!(await isThere(path.dirname(file)))) return null;
  const unusable = (why: string): null => {
    warn(`the index of trials (${file}) is left out: ${why}`);
    return null;
  };
  const first = await attempt(file, work);
  if ('done' in first) return first.done;
  if (!DAMAGED.has(first.code)) return unusable(first.why);
  warn(`the index of trials (${file}) is damaged (${first.why}), so it is made anew`);
  try {
    // Its journal belongs to the damaged file alone.
    await rm(`${file}-journal`, { force: true });
    await rm(file, { force: true });
  } catch (error) {
    return unusable((error as Error).message);
  }
  const second = await attempt(file, work);
  return 'done' in second ? second.done : unusable(second.why);
}

/** The work's answer, or how SQLite refused. */
async function attempt<T>(
  file: string,
  work: (index: DatabaseSync) => Promise<T> | T,
): Promise<{ done: T } | { code: number; why: string }> {
  let index: DatabaseSync | null = null;
  try {
    index = new DatabaseSync(file, { timeout: BUSY_MS });
    prepare(index);
    return { done: await work(index) };
  } catch (error) {
    const code = sqliteCode(error);
    if (code === null) throw error;
    return { code, why: (error as Error).message };
  } finally {
    index?.close();
  }
}

/** Runs statements as one transaction. */
export function together(index: DatabaseSync, work: () => void): void {
  index.exec('BEGIN IMMEDIATE');
  try {
    work();
    index.exec('COMMIT');
  } catch (error) {
    if (index.isTransaction) index.exec('ROLLBACK');
    throw error;
  }
}

function prepare(index: DatabaseSync): void {
  const version = () => index.prepare('PRAGMA user_version').get()!['user_version'];
  if (version() === SCHEMA) return;
  together(index, () => {
    // Another process may have been first.
    if (version() === SCHEMA) return;
    index.exec(`DROP TABLE IF EXISTS runs; DROP TABLE IF EXISTS trials; ${TABLES} PRAGMA user_version = ${SCHEMA}`);
  });
}

const isThere = (folder: string): Promise<boolean> =>
  access(folder).then(
    () => true,
    () => false,
  );

/** SQLite's primary result code; null when the error is not its own. */
function sqliteCode(error: unknown): number | null {
  const { code, errcode } = error as { code?: string; errcode?: number };
  return code === 'ERR_SQLITE_ERROR' && errcode !== undefined ? errcode & 0xff : null;
}

/** SQLITE_ERROR (a table or column that is missing), SQLITE_CORRUPT, SQLITE_NOTADB. */
const DAMAGED: ReadonlySet<number> = new Set([1, 11, 26]);
