/**
 * Taking a finished trial over from another run: its result, and its model where that is still there.
 *
 * The trial's directory gets them by the rules of a training (`trialDirectory.ts`): whoever takes over claims the trial,
 * the model comes whole by rename, and the result last of all, so that a process that dies in between leaves a trial
 * that is not done.
 */
import { randomUUID } from 'node:crypto';
import { cp, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { said } from '../domain/said.ts';
import { syncDirectory } from '../processes/syncDirectory.ts';
import { syncFolder } from '../processes/syncFolder.ts';
import { hasModel } from '../training/keptModels.ts';
import type { RunLayout } from '../training/layout.ts';
import { shareFolder } from '../training/shareFolder.ts';
import { TrainerFailure } from '../training/trainerFailure.ts';
import { claim, holds, readResult, tidy } from '../training/trialDirectory.ts';
import { modelDigest } from './modelDigest.ts';

/** Where a trial lies. */
export interface Place {
  run: string;
  layout: RunLayout;
}

/** `whole`: with its model; `result`: without; null: nothing was taken, since it does not verify, or lacks the model that is needed. */
export type TakenOver = 'whole' | 'result' | null;

/**
 * Takes a trial over. Done twice, it does the same again.
 *
 * @throws DamagedResult when the other run's result cannot be read.
 * @throws TrainerFailure `fenced` when somebody else has claimed the trial meanwhile.
 */
export async function takeOver(
  trial: string,
  from: Place,
  to: Place,
  { modelNeeded = false } = {},
): Promise<TakenOver> {
  const [theirs, ours] = [from.layout.trial(trial), to.layout.trial(trial)];
  const result = await readResult(theirs, trial);
  if (!result) return null;
  const token = randomUUID();
  await claim(ours, token);
  const staged = path.join(ours, `model.${token}.new`);
  const model = await stage(from.layout, trial, staged);
  if (model === null ? modelNeeded : model !== result.modelDigest) {
    await rm(staged, { recursive: true, force: true });
    return null;
  }
  await refuseFenced(ours, trial, token);
  await rm(path.join(ours, 'model'), { recursive: true, force: true });
  if (model !== null) {
    await syncFolder(staged);
    await rename(staged, path.join(ours, 'model'));
  }
  const config = await readFile(path.join(theirs, 'config.json'), 'utf8').catch(() => null);
  if (config !== null) await writeFileAtomic(path.join(ours, 'config.json'), config);
  // Its curves are shown here, too, as far as the other run has them.
  await cp(path.join(theirs, 'tensorboard'), path.join(ours, 'tensorboard'), { recursive: true }).catch(nothingThere);
  await refuseFenced(ours, trial, token);
  const told = JSON.parse(await readFile(path.join(theirs, 'result.json'), 'utf8')) as Record<string, unknown>;
  await writeFileAtomic(path.join(ours, 'result.json'), JSON.stringify({ ...told, from: told['from'] ?? from.run }));
  await syncDirectory(ours);
  await tidy(ours);
  return model === null ? 'result' : 'whole';
}

function nothingThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

async function refuseFenced(dir: string, trial: string, token: string): Promise<void> {
  if (!(await holds(dir, token))) throw new TrainerFailure('fenced', said`trial ${trial} was claimed by somebody else`);
}

/** A second folder of the other run's model, and its digest; null when the model is not there, or goes meanwhile. */
async function stage(from: RunLayout, trial: string, staged: string): Promise<string | null> {
  if (!(await hasModel(from, trial))) return null;
  try {
    await shareFolder(path.join(from.trial(trial), 'model'), staged, { except: [] });
    return await modelDigest(staged);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || (await hasModel(from, trial))) throw error;
    await rm(staged, { recursive: true, force: true });
    return null;
  }
}
