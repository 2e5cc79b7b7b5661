/** Node packages, from the lock file. */
import { existsSync, lstatSync } from 'node:fs';
import path from 'node:path';
import { t } from '../../src/words/catalogue.mjs';
import { PATHS } from './paths.mjs';
import { step } from './run.mjs';
import { hashOf, isStamped, stamp } from './stamp.mjs';
import { SetupProblem } from './problem.mjs';

const STAMP = path.join(PATHS.nodeModules, '.tuning-setup.json');
const facts = () => ({ lock: hashOf([PATHS.packageLock]), platform: `${process.platform}-${process.arch}` });

/** @param {boolean} dev tests need the development packages too */
export function nodeReady(dev) {
  if (!existsSync(PATHS.pinnedNode) || !existsSync(path.join(PATHS.nodeModules, '.package-lock.json'))) return false;
  return isStamped(STAMP, { ...facts(), dev: true }) || (!dev && isStamped(STAMP, { ...facts(), dev: false }));
}

/** @param {boolean} dev */
export async function installNode(dev) {
  // npm ci empties what a link leads to, and that belongs to another checkout.
  if (lstatSync(PATHS.nodeModules, { throwIfNoEntry: false })?.isSymbolicLink())
    throw new SetupProblem(
      t`node_modules is a link to another folder, which the set-up would empty: remove the link, and run the command again`,
    );
  const omit = dev ? ['--include=dev'] : ['--omit=dev'];
  await step(t`Node packages (npm ci)`, process.platform === 'win32' ? 'npm.cmd' : 'npm', [
    'ci',
    ...omit,
    '--include=optional',
    '--no-fund',
    '--no-audit',
  ]);
  if (!existsSync(PATHS.pinnedNode))
    throw new SetupProblem(
      t`npm installed no Node 24 for ${process.platform}-${process.arch}; there is one for linux-x64, linux-arm64, darwin-x64, darwin-arm64 and win32-x64`,
    );
  stamp(STAMP, { ...facts(), dev });
}
