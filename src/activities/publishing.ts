/**
 * The `publishModel` activity: the best model goes to `models/<run>/best_overall_model/`, and `best_overall_model`
 * points to it.
 *
 * Run twice, it publishes the same model again: each step replaces by rename, so a reader always finds a whole model.
 */
import { cp, lstat, mkdir, open, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { constants } from 'node:fs';
import path from 'node:path';
import { ApplicationFailure } from '@temporalio/activity';
import { incumbentOf } from '../domain/runState.ts';
import type { RunState } from '../domain/runState.ts';
import { PROJECT_ROOT } from '../projectRoot.ts';
import { modelCard } from '../reports/modelCard.ts';
import { runLayout } from '../training/layout.ts';
import type { RunLayout } from '../training/layout.ts';
import { whileHeartbeating } from './heartbeating.ts';
import type { PublishRequest } from './contract.ts';
import { refuseLostModels } from './lostModels.ts';

export function publishModel({ state }: PublishRequest): Promise<{ path: string }> {
  return whileHeartbeating(async () => {
    const best = incumbentOf(state);
    if (!best) throw ApplicationFailure.nonRetryable('there is no trained model to publish', 'trainer_bug');
    const layout = runLayout(state.config.DEFAULT_CONFIG.OUTPUT_DIR_ROOT, state.run);
    await refuseLostModels(layout, [best.id]);
    await replaceModel(path.join(layout.trial(best.id), 'model'), layout.bestModel, state);
    await pointAlias(layout.newestBestModel, layout.bestModel);
    if (state.config.AGENT_SETTINGS.KEEP_TRIAL_MODELS === 'best') await dropOtherModels(state, layout, best.id);
    return { path: path.relative(PROJECT_ROOT, layout.bestModel) };
  });
}

async function replaceModel(from: string, to: string, state: RunState): Promise<void> {
  const fresh = `${to}.new`;
  const old = `${to}.old`;
  await rm(fresh, { recursive: true, force: true });
  await cp(from, fresh, { recursive: true, mode: constants.COPYFILE_FICLONE });
  const { card, tuning } = modelCard(state);
  await writeFile(path.join(fresh, 'README.md'), card);
  await writeFile(path.join(fresh, 'tuning.json'), `${JSON.stringify(tuning, null, 2)}\n`);
  await syncFolder(fresh);
  await rm(old, { recursive: true, force: true });
  if (await exists(to)) await rename(to, old);
  await rename(fresh, to);
  await rm(old, { recursive: true, force: true });
}

/** Brings every file below a folder to the disk, so that a power cut after the rename cannot leave half a model. */
async function syncFolder(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((candidate) => candidate.isFile())) {
    const file = await open(path.join(entry.parentPath, entry.name), 'r');
    await file.sync();
    await file.close();
  }
}

/**
 * A symbolic link, since only a link can be replaced in one step; a folder that somebody put there is set aside, never
 * deleted.
 */
async function pointAlias(alias: string, target: string): Promise<void> {
  const there = await lstat(alias).catch(() => null);
  if (there && !there.isSymbolicLink())
    await rename(alias, `${alias}.${there.mtime.toISOString().replace(/[:.]/g, '-')}`);
  await mkdir(path.dirname(alias), { recursive: true });
  const fresh = `${alias}.new`;
  await rm(fresh, { force: true });
  await symlink(path.relative(path.dirname(alias), target), fresh, 'dir');
  await rename(fresh, alias);
}

async function dropOtherModels(state: RunState, layout: RunLayout, best: string): Promise<void> {
  const losers = state.trials.map((trial) => trial.id).filter((id) => id !== best);
  await Promise.all(losers.map((id) => rm(path.join(layout.trial(id), 'model'), { recursive: true, force: true })));
}

async function exists(file: string): Promise<boolean> {
  return (await lstat(file).catch(() => null)) !== null;
}
