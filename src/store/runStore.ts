/**
 * The files of one run in a store: below `<store>/<run>/`, by the names that they have below OUTPUT_DIR_ROOT. Training
 * happens on the local disk; what is here is for other hosts, and for the time after this one.
 */
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type { TrainingConfig } from '../domain/trainingConfig.ts';
import { syncDirectory } from '../processes/syncDirectory.ts';
import { runLayout } from '../training/layout.ts';
import type { RunLayout } from '../training/layout.ts';
import { openStore } from './openStore.ts';
import type { Store } from './store.ts';

export interface RunStore {
  store: Store;
  run: string;
  layout: RunLayout;
}

/** Null for a run without a store; those of releases before 0.5.0 have none. */
export function runStoreOf(
  config: Pick<TrainingConfig, 'OUTPUT_DIR_ROOT'> & Partial<Pick<TrainingConfig, 'STORE'>>,
  run: string,
): RunStore | null {
  if (!config.STORE) return null;
  return { store: openStore(config.STORE), run, layout: runLayout(config.OUTPUT_DIR_ROOT, run) };
}

/** Where a file or folder of the run lies in the store. */
export function keyOf({ run, layout }: RunStore, local: string): string {
  return [run, ...path.relative(layout.root, local).split(path.sep)].join('/');
}

/** Puts a file of the run into the store; false when there is no such file here. */
export async function putFile(stored: RunStore, local: string, signal?: AbortSignal): Promise<boolean> {
  if (!(await isThere(local))) return false;
  await stored.store.upload(local, keyOf(stored, local), signal);
  return true;
}

/** Brings a file from the store, whole and by rename; false when the store has it not. */
export async function takeFile(stored: RunStore, local: string, signal?: AbortSignal): Promise<boolean> {
  const fresh = `${local}.${randomUUID()}.new`;
  await mkdir(path.dirname(local), { recursive: true });
  try {
    if (!(await stored.store.download(keyOf(stored, local), fresh, signal))) return false;
    await rename(fresh, local);
    await syncDirectory(path.dirname(local));
    return true;
  } finally {
    await rm(fresh, { force: true });
  }
}

export const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
