/** Models in trial directories: whether they are there, and their removal. */
import { access, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { RunLayout } from './layout.ts';

/** Whether a trial's model is on this machine. The trainer puts it there whole, by rename. */
export function hasModel(layout: RunLayout, trial: string): Promise<boolean> {
  return access(path.join(layout.trial(trial), 'model', 'modules.json')).then(
    () => true,
    () => false,
  );
}

/** Removes the weights of these trials; their results, events and logs stay. Done twice, it does nothing more. */
export async function dropModels(layout: RunLayout, trials: readonly string[]): Promise<void> {
  await Promise.all(
    trials.map((trial) => rm(path.join(layout.trial(trial), 'model'), { recursive: true, force: true })),
  );
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
