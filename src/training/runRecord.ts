/** A run's whole state beside its models: what `runs`, `show` and `report` read when the server has forgotten the run. */
import { mkdir, readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { withArchive } from '../domain/archive.ts';
import type { Away } from '../domain/archive.ts';
import { runNameSchema } from '../domain/fields.ts';
import { carriedOver } from '../domain/runState.ts';
import type { RunState } from '../domain/runState.ts';
import { dropLeftovers } from '../processes/leftovers.ts';
import { syncDirectory } from '../processes/syncDirectory.ts';
import { PROJECT_ROOT } from '../projectRoot.ts';
import { addToArchive, readArchive } from './archiveFile.ts';
import { runLayout } from './layout.ts';
import type { RunLayout } from './layout.ts';

/** Raised when an older release could misread what a newer one writes. */
const VERSION = 1;

export interface RunRecord {
  workflowId: string;
  /** ISO 8601. */
  savedAt: string;
  state: RunState;
}

/** Enough to tell a record from any other file; the state inside is what this product wrote. */
const recordSchema = z.object({
  v: z.literal(VERSION),
  workflowId: z.string(),
  savedAt: z.iso.datetime(),
  state: z.looseObject({
    run: runNameSchema,
    status: z.enum(['running', 'completed', 'stopped', 'cancelled', 'failed']),
    startedAt: z.number(),
    trials: z.array(z.looseObject({ id: z.string() })),
    config: z.looseObject({
      DEFAULT_CONFIG: z.looseObject({}),
      AGENT_SETTINGS: z.looseObject({}),
      TUNABLE_KEYS: z.looseObject({}),
    }),
  }),
});

/**
 * Writes the record whole and durably: after a power cut it is the former one or this one.
 *
 * @param away - What the run forgets once this is done; it lies in its archive before the record is replaced.
 */
export async function writeRunRecord({ state, workflowId, savedAt }: RunRecord, away?: Away): Promise<void> {
  const layout = layoutOf(state);
  const { root, record } = layout;
  await mkdir(root, { recursive: true });
  if (away) await addToArchive(layout, state, away);
  await dropLeftovers(root, `${path.basename(record)}.`);
  await writeFileAtomic(record, `${JSON.stringify({ v: VERSION, workflowId, savedAt, state })}\n`);
  await syncDirectory(root);
}

/** The record of a run; null when there is none, or none that this release can read. */
export async function readRunRecord(outputRoot: string, run: string): Promise<RunRecord | null> {
  const text = await readFile(runLayout(outputRoot, run).record, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw error;
  });
  if (text === null) return null;
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return null;
  }
  const parsed = recordSchema.safeParse(raw);
  if (!parsed.success || parsed.data.state.run !== run) return null;
  const { workflowId, savedAt } = parsed.data;
  const state = carriedOver(parsed.data.state as unknown as RunState);
  const { DEFAULT_CONFIG: config } = state.config;
  // A folder that was moved is found where it is, not where the run once put it.
  if (path.resolve(PROJECT_ROOT, config.OUTPUT_DIR_ROOT) !== path.resolve(PROJECT_ROOT, outputRoot))
    config.OUTPUT_DIR_ROOT = outputRoot;
  return { workflowId, savedAt, state: await wholeState(state) };
}

const layoutOf = ({ config, run }: RunState): RunLayout => runLayout(config.DEFAULT_CONFIG.OUTPUT_DIR_ROOT, run);

/** A run's state with what its archive has, as far as it lies on this machine. */
export async function wholeState(state: RunState): Promise<RunState> {
  const { trials, notes, decisions, refusals } = state.archived;
  return trials + notes + decisions + refusals === 0 ? state : withArchive(state, await readArchive(layoutOf(state)));
}

/** How the record of a run is read: `readRunRecord`, or what keeps those that it has read before. */
export type ReadRecord = typeof readRunRecord;

/** Folders under OUTPUT_DIR_ROOT that belong to runs, with their records; those of releases before 0.3.0 have none. */
export async function runFolders(
  outputRoot: string,
  read: ReadRecord = readRunRecord,
): Promise<{ run: string; record: RunRecord | null }[]> {
  const root = path.resolve(PROJECT_ROOT, outputRoot);
  const entries = await readdir(root, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const names = entries
    .filter((entry) => entry.isDirectory() && runNameSchema.safeParse(entry.name).success)
    .map(({ name }) => name);
  const found = await Promise.all(
    names.map(async (run) => ({
      run,
      record: await read(outputRoot, run),
      own: await isRun(outputRoot, run),
    })),
  );
  return found.filter(({ record, own }) => record || own).map(({ run, record }) => ({ run, record }));
}

async function isRun(outputRoot: string, run: string): Promise<boolean> {
  const inside = await readdir(runLayout(outputRoot, run).root);
  return inside.includes('trials') || inside.includes('adviser');
}
