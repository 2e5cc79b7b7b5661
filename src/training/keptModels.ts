/** Models in trial directories: whether they are there, and their removal. */
import { access, rm } from 'node:fs/promises';
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
