/**
 * The `publishModel` and `salvageRun` activities: the model that the run decided on (winner, default or untouched) goes to
 * `models/<run>/best_overall_model/`, and `best_overall_model` points to it.
 *
 * Run twice, they publish the same model again: each step replaces by rename, so a reader always finds a whole model.
 */
import { lstat, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ApplicationFailure } from '@temporalio/activity';
import { untouchedRival } from '../domain/baseModels.ts';
import { inspected } from '../domain/trainerFacts.ts';
import { STORE_UNAVAILABLE } from '../domain/failures.ts';
import { modelsToKeep } from '../domain/keptModels.ts';
import { publishedTrial } from '../domain/published.ts';
import type { RunState } from '../domain/runState.ts';
import { syncDirectory } from '../processes/syncDirectory.ts';
import { syncFolder } from '../processes/syncFolder.ts';
import { shownPath } from '../projectRoot.ts';
import { modelCard } from '../reports/modelCard.ts';
import type { Due } from '../store/pending.ts';
import { runStoreOf } from '../store/runStore.ts';
import type { RunStore } from '../store/runStore.ts';
import { keepStoredModels, tidyStoredTrials } from '../store/storedTrials.ts';
import { dropOtherModels } from '../training/keptModels.ts';
import { runLayout } from '../training/layout.ts';
import type { RunLayout } from '../training/layout.ts';
import { shareFolder } from '../training/shareFolder.ts';
import { tidyAll } from '../training/trialDirectory.ts';
import { whileHeartbeating } from './heartbeating.ts';
import type { PublishRequest } from '../domain/contract.ts';
import { said } from '../domain/said.ts';
import { isModelHere, refuseLostModels } from './lostModels.ts';
import { ifStoreAnswers, keepInStore } from './storing.ts';

/** Where this machine has a run's base model, by the trainer: a run may end on another one than it was checked on. */
export type FindBaseModel = (state: RunState) => Promise<string>;

/** The end of a run that came to its end. */
export const publishModelWith =
  (find: FindBaseModel) =>
  ({ state }: PublishRequest): Promise<{ path: string }> =>
    whileHeartbeating(async () => {
      const layout = layoutOf(state);
      const from = await sourceOf(state, layout, find);
      // A training that was stopped while nobody worked on it left what it would have resumed from.
      await tidyAll(layout);
      const published = await publish(state, layout, from);
      await leaveStore(state, { what: 'best', name: '' });
      return published;
    });

/** The same without a model to publish: at places other than the published one's. */
export function tidyPlace({ state }: PublishRequest): Promise<void> {
  return whileHeartbeating(async () => {
    const layout = layoutOf(state);
    await tidyAll(layout);
    await dropOtherModels(layout, modelsToKeep(state));
    // What could not be put into the store from here goes now, or never.
    await keepInStore(storeOf(state), null, { last: true });
  });
}

/**
 * The end of a run that was cancelled or failed: nothing is left to resume, so no checkpoint stays, and the model it has
 * decided on, or its best one, is published. The path is null when it has none.
 */
export const salvageRunWith =
  (find: FindBaseModel) =>
  ({ state }: PublishRequest): Promise<{ path: string | null }> =>
    whileHeartbeating(async () => {
      const layout = layoutOf(state);
      await tidyAll(layout);
      const trial = publishedTrial(state);
      const there = state.published?.what === 'untouched' || (trial && (await isSalvageable(state, layout, trial.id)));
      const published = there ? await publish(state, layout, await sourceOf(state, layout, find)) : { path: null };
      await leaveStore(state, there ? { what: 'best', name: '' } : null);
      return published;
    });

const storeOf = (state: RunState): RunStore | null => runStoreOf(state.config.DEFAULT_CONFIG, state.run);

/** A run that leaves waits for its store no longer than its person would. */
const SALVAGE_WAITS_MS = 60_000;

async function isSalvageable(state: RunState, layout: RunLayout, trial: string): Promise<boolean> {
  try {
    return await isModelHere(layout, storeOf(state), trial, SALVAGE_WAITS_MS);
  } catch (error) {
    if (!(error instanceof ApplicationFailure) || error.type !== STORE_UNAVAILABLE) throw error;
    return false;
  }
}

/** The end of the run in the store: what is still to be put goes there, and what the run needs no more goes away. */
async function leaveStore(state: RunState, due: Due | null): Promise<void> {
  const stored = storeOf(state);
  // What did not answer to that is not waited for once more.
  const last = await keepInStore(stored, due, { last: true });
  const tidyUp = async (from: RunStore): Promise<void> => {
    await tidyStoredTrials(from);
    const kept = modelsToKeep(state);
    if (kept) await keepStoredModels(from, kept);
  };
  await ifStoreAnswers(stored, tidyUp, { last });
}

const layoutOf = (state: RunState): RunLayout => runLayout(state.config.DEFAULT_CONFIG.OUTPUT_DIR_ROOT, state.run);

/** A folder with a model; `own`: it is the run's. */
interface Source {
  folder: string;
  own: boolean;
}

/** @throws ApplicationFailure of type MODELS_LOST, or as the trainer fails where it does not find the base model. */
async function sourceOf(state: RunState, layout: RunLayout, find: FindBaseModel): Promise<Source> {
  if (state.published?.what === 'untouched') {
    const { inspection } = state.trainer!;
    const folder = (inspected(inspection, untouchedRival(state)) ?? inspection.model).path;
    return { folder: (await exists(folder)) ? folder : await find(state), own: false };
  }
  const trial = publishedTrial(state);
  if (!trial) throw ApplicationFailure.nonRetryable(said`there is no trained model to publish`, 'trainer_bug');
  await refuseLostModels(layout, storeOf(state), [trial.id]);
  return { folder: path.join(layout.trial(trial.id), 'model'), own: true };
}

async function publish(state: RunState, layout: RunLayout, from: Source): Promise<{ path: string }> {
  await replaceModel(from, layout.bestModel, state);
  await pointAlias(layout.newestBestModel, layout.bestModel, state.run);
  await dropOtherModels(layout, modelsToKeep(state));
  return { path: shownPath(layout.bestModel) };
}

async function replaceModel(from: Source, to: string, state: RunState): Promise<void> {
  const fresh = `${to}.new`;
  const old = `${to}.old`;
  await rm(fresh, { recursive: true, force: true });
  const { card, tuning } = modelCard(state);
  const own = { 'README.md': card, 'tuning.json': `${JSON.stringify(tuning, null, 2)}\n` };
  await shareFolder(from.folder, fresh, { except: Object.keys(own), links: from.own });
  for (const [name, text] of Object.entries(own)) await writeFile(path.join(fresh, name), text);
  await syncFolder(fresh);
  await rm(old, { recursive: true, force: true });
  if (await exists(to)) await rename(to, old);
  await rename(fresh, to);
  await syncDirectory(path.dirname(to));
  await rm(old, { recursive: true, force: true });
}

/**
 * A symbolic link, since only a link can be replaced in one step; a folder that somebody put there is set aside, never
 * deleted.
 */
async function pointAlias(alias: string, target: string, run: string): Promise<void> {
  const there = await lstat(alias).catch(() => null);
  if (there && !there.isSymbolicLink())
    await rename(alias, `${alias}.${there.mtime.toISOString().replace(/[:.]/g, '-')}`);
  await mkdir(path.dirname(alias), { recursive: true });
  // Several runs may end at once, and each finds what its own killed attempt has left.
  const fresh = `${alias}.${run}.new`;
  await rm(fresh, { force: true });
  await symlink(path.relative(path.dirname(alias), target), fresh, 'dir');
  await rename(fresh, alias);
}

async function exists(file: string): Promise<boolean> {
  return (await lstat(file).catch(() => null)) !== null;
}
