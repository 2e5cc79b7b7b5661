/**
 * Trials in a store, by the rules of a trial's directory: the result goes last, after the model, so its existence means
 * done.
 */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { said } from '../domain/said.ts';
import type { TrialResult } from '../domain/trials.ts';
import { modelDigest } from '../history/modelDigest.ts';
import { hasModel } from '../training/keptModels.ts';
import { DamagedResult, noteWarning, readResult } from '../training/trialDirectory.ts';
import { isThere, keyOf, putFile, takeFile } from './runStore.ts';
import type { RunStore } from './runStore.ts';
import { putFolder, removeWhole, takeFolder } from './wholeFolders.ts';

/** Files beside result and model that say how it was trained. */
const TOLD = ['config.json', 'events.jsonl'] as const;

/** Puts a finished trial into the store, with its model where that is still needed; what it was resumed from goes. */
export async function putTrial(stored: RunStore, trial: string, signal?: AbortSignal): Promise<void> {
  const dir = stored.layout.trial(trial);
  // A trial that was set aside meanwhile is trained anew, and comes when it is done.
  if (!(await isThere(path.join(dir, 'result.json')))) return;
  for (const name of TOLD) await putFile(stored, path.join(dir, name), signal);
  if (await hasModel(stored.layout, trial))
    await unlessGone(putFolder(stored.store, path.join(dir, 'model'), keyOf(stored, path.join(dir, 'model')), signal));
  await putFile(stored, path.join(dir, 'result.json'), signal);
  await tidyTrial(stored, trial);
}

/**
 * A model that has lost meanwhile, and a checkpoint that was replaced, need no place in the store.
 *
 * @returns Whether the work was done whole.
 */
export function unlessGone(work: Promise<void>): Promise<boolean> {
  return work.then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return false;
    },
  );
}

/** Removes what a finished trial needs no more. */
export async function tidyTrial(stored: RunStore, trial: string): Promise<void> {
  const dir = stored.layout.trial(trial);
  await stored.store.removeFolder(keyOf(stored, path.join(dir, 'checkpoints')));
  await stored.store.remove(keyOf(stored, path.join(dir, 'claim.json')));
}

/**
 * Brings a finished trial that is not here from the store; with its model where that is needed, else without: then the
 * model comes when it is asked for.
 *
 * @returns Its result; null when the store has none that can be read, or one without the model that is needed.
 */
export async function takeTrial(
  stored: RunStore,
  trial: string,
  { modelNeeded = false, signal }: { modelNeeded?: boolean; signal?: AbortSignal } = {},
): Promise<TrialResult | null> {
  const dir = stored.layout.trial(trial);
  const result = path.join(dir, 'result.json');
  if (!(await stored.store.read(keyOf(stored, result)))) return null;
  if (modelNeeded && !(await hasModel(stored.layout, trial)) && !(await takeWeights(stored, trial, signal)))
    return null;
  for (const name of TOLD) await takeFile(stored, path.join(dir, name), signal);
  await noteWarning(dir, trial, 'store', said`its result was taken from the store`);
  await takeFile(stored, result, signal);
  const told = await readResult(dir, trial).catch(nullIfDamaged);
  if (told && (!modelNeeded || (await isOf(stored, trial, told)))) return told;
  await rm(path.join(dir, 'model'), { recursive: true, force: true });
  // What was told of that training is no part of the one to come.
  for (const name of TOLD) await rm(path.join(dir, name), { force: true });
  await rm(result, { force: true });
  return null;
}

/**
 * Brings the model of a trial, unless it is here.
 *
 * @returns Whether it is here now. One that is not the model of the result that is here does not count.
 */
export async function takeModel(stored: RunStore, trial: string, signal?: AbortSignal): Promise<boolean> {
  if (await hasModel(stored.layout, trial)) return true;
  if (!(await takeWeights(stored, trial, signal))) return false;
  const result = await readResult(stored.layout.trial(trial), trial).catch(nullIfDamaged);
  if (!result || (await isOf(stored, trial, result))) return true;
  await rm(path.join(stored.layout.trial(trial), 'model'), { recursive: true, force: true });
  return false;
}

function nullIfDamaged(error: unknown): null {
  if (error instanceof DamagedResult) return null;
  throw error;
}

function takeWeights(stored: RunStore, trial: string, signal?: AbortSignal): Promise<boolean> {
  const model = path.join(stored.layout.trial(trial), 'model');
  return takeFolder(stored.store, keyOf(stored, model), model, signal);
}

const isOf = async ({ layout }: RunStore, trial: string, { modelDigest: digest }: TrialResult): Promise<boolean> =>
  (await modelDigest(path.join(layout.trial(trial), 'model'))) === digest;

/** Removes these trials' models from the store; results stay. One look, however many there are. */
export const dropStoredModels = (stored: RunStore, trials: readonly string[]): Promise<void> =>
  dropStored(stored, (trial) => trials.includes(trial));

/** The same for all but some, whoever has put them there. */
export const keepStoredModels = (stored: RunStore, kept: ReadonlySet<string>): Promise<void> =>
  dropStored(stored, (trial) => !kept.has(trial));

async function dropStored(stored: RunStore, goes: (trial: string) => boolean): Promise<void> {
  const trials = keyOf(stored, stored.layout.trials);
  const models = (await stored.store.list(trials)).flatMap(({ key }) => {
    const [trial = '', what = ''] = key.slice(trials.length + 1).split('/');
    // The folder, or its list alone.
    return /^model(\.|$)/.test(what) && goes(trial) ? [`${trials}/${trial}/model`] : [];
  });
  for (const model of new Set(models)) await removeWhole(stored.store, model);
}

/** Removes what no trial of a run that is over needs: claims and checkpoints. */
export async function tidyStoredTrials(stored: RunStore): Promise<void> {
  const trials = keyOf(stored, stored.layout.trials);
  for (const { key } of await stored.store.list(trials))
    if (/^[^/]+\/(claim\.json|checkpoints\/.*)$/.test(key.slice(trials.length + 1))) await stored.store.remove(key);
}
