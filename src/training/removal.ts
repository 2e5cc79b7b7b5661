/** Taking a run off the disk: its own folder and nothing else, whatever links lie in it or in its place. */
import { lstat, readdir, readlink, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { said } from '../domain/said.ts';
import { PROJECT_ROOT } from '../projectRoot.ts';
import { syncDirectory } from '../processes/syncDirectory.ts';
import { runLayout } from './layout.ts';

/** Begins with a dot, as no run's name does: a removal that was cut off leaves something that nobody takes for a run. */
const REMOVING = '.removing-';

/**
 * Removes a run's folder. Readers find it whole or not at all. Done twice, it does nothing more.
 *
 * @throws Error when something that is no folder stands in its place: a link is never followed out of OUTPUT_DIR_ROOT.
 */
export async function removeRunFolder(outputRoot: string, run: string): Promise<void> {
  const { root } = runLayout(outputRoot, run);
  const there = await lstat(root).catch(() => null);
  if (!there) return;
  if (!there.isDirectory())
    throw new Error(
      said`${root} is ${there.isSymbolicLink() ? said`a link` : said`a file`}, no folder of a run; it was left`,
    );
  const going = path.join(path.dirname(root), `${REMOVING}${run}`);
  await rm(going, { recursive: true, force: true });
  await rename(root, going);
  await syncDirectory(path.dirname(root));
  await rm(going, { recursive: true, force: true });
}

/** Finishes removals that were cut off. */
export async function finishRemovals(outputRoot: string): Promise<void> {
  const root = path.resolve(PROJECT_ROOT, outputRoot);
  const left = (await readdir(root).catch(() => [])).filter((name) => name.startsWith(REMOVING));
  for (const name of left) await rm(path.join(root, name), { recursive: true, force: true });
}

/** Whether `best_overall_model` is a link to this run's model. */
export async function isNewestBest(outputRoot: string, run: string): Promise<boolean> {
  const { newestBestModel, bestModel } = runLayout(outputRoot, run);
  const target = await readlink(newestBestModel).catch(() => null);
  return target !== null && path.resolve(path.dirname(newestBestModel), target) === bestModel;
}

/** Removes that link: it would point to nothing. */
export async function removeNewestBest(outputRoot: string, run: string): Promise<void> {
  if (await isNewestBest(outputRoot, run)) await rm(runLayout(outputRoot, run).newestBestModel, { force: true });
}
