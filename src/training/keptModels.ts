/** Models in trial directories: whether they are there, and their removal. */
import { access, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { RunLayout } from './layout.ts';

/** Whether a trial's model is on this machine. It comes there whole, by rename, and goes so. */
export function hasModel(layout: RunLayout, trial: string): Promise<boolean> {
  return access(path.join(layout.trial(trial), 'model')).then(
    () => true,
    () => false,
  );
}

/** Removes the weights of these trials; their results, events and logs stay. Done twice, it does nothing more. */
export async function dropModels(layout: RunLayout, trials: readonly string[]): Promise<void> {
  await Promise.all(trials.map((trial) => dropModel(layout.trial(trial))));
}

/** Renamed first: half a folder is no model. What a killed removal leaves goes with the trial's other leftovers. */
async function dropModel(dir: string): Promise<void> {
  const going = path.join(dir, 'model.dropped.new');
  await rm(going, { recursive: true, force: true });
  try {
    await rename(path.join(dir, 'model'), going);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  await rm(going, { recursive: true, force: true });
}

/** The same for all trials but some, whoever knows of them; `kept` null: all stay. */
export async function dropOtherModels(layout: RunLayout, kept: ReadonlySet<string> | null): Promise<void> {
  if (kept === null) return;
  const trials = await readdir(layout.trials).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  await dropModels(
    layout,
    trials.filter((trial) => !kept.has(trial)),
  );
}
