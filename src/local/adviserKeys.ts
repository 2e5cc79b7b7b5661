/**
 * The keys of runs on the local stack: one file per run under `.tuning/adviser-keys`, for its owner's eyes alone. The
 * run's history holds the name of the file, never the key.
 */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import type { AdviserAccess } from '../domain/adviserFacts.ts';
import { adviserEnvironment, workersAdviser } from '../processes/adviserEnvironment.ts';
import type { AdviserEnvironment } from '../processes/adviserEnvironment.ts';
import { readEnvironmentFile } from '../processes/envFile.mjs';
import { ENV_FILE } from '../processes/envFile.ts';
import { LEGACY, readLegacyAdviser } from './legacyAdviser.mjs';
import { LOCAL } from './paths.ts';
import { readIfThere } from '../processes/readIfThere.ts';

const entrySchema = z.object({ workflowId: z.string(), apiKey: z.string() });
const refSchema = z.string().regex(/^[0-9a-f]{32}$/);
const WRITTEN_WITHIN_MS = 60_000;
const fileOf = (ref: string): string => path.join(LOCAL.adviserKeys, `${refSchema.parse(ref)}.json`);

/** Stores the key of a run that is about to start. */
export async function storeAdviserKey(workflowId: string, apiKey: string, origin: string): Promise<AdviserAccess> {
  const ref = randomBytes(16).toString('hex');
  await writeEntry(ref, { workflowId, apiKey });
  return { ref, origin };
}

/**
 * Gives a run another key, which its next question has. False when it has that one already, or brought none: a run
 * that began without a key is advised by the search model.
 */
export async function replaceAdviserKey(
  workflowId: string,
  access: AdviserAccess | null,
  apiKey: string,
): Promise<boolean> {
  if (!access?.ref || (await readAdviserKey(access)) === apiKey) return false;
  await writeEntry(access.ref, { workflowId, apiKey });
  return true;
}

async function writeEntry(ref: string, entry: z.infer<typeof entrySchema>): Promise<void> {
  await mkdir(LOCAL.adviserKeys, { recursive: true, mode: 0o700 });
  // An older umask may have made the folder.
  await chmod(LOCAL.adviserKeys, 0o700);
  await writeFileAtomic(fileOf(ref), `${JSON.stringify(entry)}\n`, { mode: 0o600 });
}

/** What runs that bring no adviser have on the local stack: that of their 0.2.0 stack, else `.env` as it is now. */
export function adviserOnDisk(envFile = ENV_FILE): AdviserEnvironment {
  return readLegacyAdviser(LOCAL.adviserKeys) ?? adviserEnvironment(readEnvironmentFile(envFile));
}

/**
 * The key of a run; null when it has none, or when its entry is gone.
 *
 * @param access - Null: this process's own environment has it, or what stands in for it on the local stack.
 */
export async function readAdviserKey(access: AdviserAccess | null): Promise<string | null> {
  if (!access) return workersAdviser().apiKey;
  const entry = access.ref === null ? null : await readEntry(access.ref);
  return entry?.apiKey ?? null;
}

/** Removes a run's entry; one that is gone already is no error. */
export async function removeAdviserKey(access: AdviserAccess | null): Promise<void> {
  if (access?.ref) await rm(fileOf(access.ref), { force: true });
}

/**
 * Removes the entries of runs and schedules that are over, and of runs that were never started.
 *
 * @param isOver - `isOld`: whether its entry was there before a command of this very moment began.
 * @param noneRuns - Whether no run at all is in progress: then nobody needs what a 0.2.0 stack left, either.
 */
export async function pruneAdviserKeys(
  isOver: (workflowId: string, isOld: () => Promise<boolean>) => Promise<boolean>,
  noneRuns: () => Promise<boolean>,
): Promise<void> {
  for (const name of await readdir(LOCAL.adviserKeys).catch(() => [])) {
    const file = path.join(LOCAL.adviserKeys, name);
    if (name === LEGACY) {
      if ((await isOld(file)) && (await noneRuns())) await rm(file, { force: true });
      continue;
    }
    const ref = path.basename(name, '.json');
    const entry = refSchema.safeParse(ref).success ? await readEntry(ref) : null;
    if (entry ? await isOver(entry.workflowId, () => isOld(file)) : await isOld(file)) await rm(file, { force: true });
  }
}

/** What a killed command left; another one's file that is being written is younger. */
async function isOld(file: string): Promise<boolean> {
  const modified = await stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => Infinity,
  );
  return Date.now() - modified > WRITTEN_WITHIN_MS;
}

async function readEntry(ref: string): Promise<z.infer<typeof entrySchema> | null> {
  const text = await readIfThere(fileOf(ref));
  if (text === null) return null;
  try {
    return entrySchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
