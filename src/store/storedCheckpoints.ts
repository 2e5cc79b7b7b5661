/**
 * A training that is not done, as other hosts see it: who has claimed it, and what it could be resumed from. Only the
 * newest checkpoint is kept, and the trainer verifies it before it resumes.
 *
 * Claims keep two hosts from putting checkpoints beside each other for longer than a moment. They are no lock, and need
 * be none: a training gives the same whoever does it, so what two hosts put in turn is the same.
 */
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { said } from '../domain/said.ts';
import { noteWarning } from '../training/trialDirectory.ts';
import { keyOf, putFile, takeFile } from './runStore.ts';
import type { RunStore } from './runStore.ts';
import { unlessGone } from './storedTrials.ts';
import { folderOf, putFolder, removeWhole, takeFolder } from './wholeFolders.ts';

const PREFIX = 'checkpoint-';

const claimKey = (stored: RunStore, trial: string): string =>
  keyOf(stored, path.join(stored.layout.trial(trial), 'claim.json'));
const checkpointsOf = (stored: RunStore, trial: string): string => path.join(stored.layout.trial(trial), 'checkpoints');

/** Says that an attempt with this token trains now: earlier ones put nothing into the store any more. */
export const putClaim = (stored: RunStore, trial: string, token: string): Promise<void> =>
  stored.store.write(claimKey(stored, trial), JSON.stringify({ v: 1, token }));

/** The token of the attempt that has claimed a trial last; null when there is none. */
export async function claimedBy(stored: RunStore, trial: string): Promise<string | null> {
  const text = await stored.store.read(claimKey(stored, trial));
  try {
    const { token } = JSON.parse(text?.toString() ?? '{}') as { token?: unknown };
    return typeof token === 'string' ? token : null;
  } catch {
    return null;
  }
}

/** Puts a checkpoint into the store, and what was told until then; older ones go. One that is replaced meanwhile is left. */
export async function putCheckpoint(
  stored: RunStore,
  trial: string,
  step: number,
  signal?: AbortSignal,
): Promise<void> {
  const local = path.join(checkpointsOf(stored, trial), `${PREFIX}${step}`);
  const key = keyOf(stored, local);
  // One that was replaced in mid-way is none: the older one stays until a whole one has arrived.
  if (!(await unlessGone(putFolder(stored.store, local, key, signal)))) return removeWhole(stored.store, key);
  await putFile(stored, path.join(stored.layout.trial(trial), 'events.jsonl'), signal);
  for (const other of await foldersOf(stored, trial)) if (stepOf(other) < step) await removeWhole(stored.store, other);
}

/**
 * Brings the newest checkpoint from the store, and the events until then, unless this host has a newer one.
 *
 * @returns Its step; null when nothing was brought.
 */
export async function takeCheckpoint(stored: RunStore, trial: string, signal?: AbortSignal): Promise<number | null> {
  const local = checkpointsOf(stored, trial);
  const here = Math.max(-1, ...(await readdir(local).catch(() => [])).map(stepOf));
  const newer = (await foldersOf(stored, trial))
    .filter((folder) => stepOf(folder) > here)
    .sort((a, b) => stepOf(b) - stepOf(a));
  for (const folder of newer) {
    const step = stepOf(folder);
    await mkdir(local, { recursive: true });
    if (!(await takeFolder(stored.store, folder, path.join(local, `${PREFIX}${step}`), signal))) continue;
    // They tell how long it has trained, and come after the checkpoint that they go with.
    const dir = stored.layout.trial(trial);
    await takeFile(stored, path.join(dir, 'events.jsonl'), signal);
    await noteWarning(dir, trial, 'store', said`its checkpoint of step ${step} was taken from the store`);
    return step;
  }
  return null;
}

/** Whole checkpoints of a trial in the store. */
async function foldersOf(stored: RunStore, trial: string): Promise<string[]> {
  const files = await stored.store.list(keyOf(stored, checkpointsOf(stored, trial)));
  return files.flatMap(({ key }) => folderOf(key) ?? []).filter((folder) => stepOf(folder) >= 0);
}

/** The step that a checkpoint's name says; -1 for any other name. */
function stepOf(folder: string): number {
  const step = /(?:^|\/)checkpoint-(\d+)$/.exec(folder)?.[1];
  return step === undefined ? -1 : Number(step);
}
