/** One clear line for what went wrong while setting up, and how to mend it. */
import { t } from '../../src/words/catalogue.mjs';

export class SetupProblem extends Error {}

/** A command line that cannot be followed. */
export class UsageProblem extends SetupProblem {}

/** From the output of npm or pip to what it means; the first that matches is told. */
const MEANINGS = [
  [
    /ENOSPC|No space left on device|not enough space/i,
    () => t`the disk is full: free some room (a first set-up needs about 6 GB) and run the command again`,
  ],
  [
    /do not match the hashes/i,
    () =>
      t`a downloaded package is not the one that trainer/requirements.lock names (hash mismatch): check the package index and run the command again`,
  ],
  [
    /npm ci.*can only install|in sync|EUSAGE/i,
    () => t`package.json and package-lock.json do not fit: run \`npm install\` and commit the lock file`,
  ],
  [
    /ensurepip|No module named venv|python3-venv/i,
    () =>
      t`Python's venv module is missing: install it (Debian, Ubuntu: apt install python3-venv) and run the command again`,
  ],
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|NewConnectionError|Max retries exceeded|name resolution|from versions: none|network is unreachable/i,
    () =>
      t`a package registry (npm or PyPI) cannot be reached: check the network or proxy settings and run the command again; what is installed already is kept`,
  ],
  [
    /EACCES|EROFS|Permission denied|Read-only file system/i,
    () => t`the project folder cannot be written: check its owner and mode`,
  ],
];

/**
 * @param {string} stage what was being done
 * @param {string} output what the tool printed
 * @param {string} log path of the whole output
 */
export function explain(stage, output, log) {
  const meaning = MEANINGS.find(([pattern]) => pattern.test(output))?.[1]();
  const last =
    output
      .trim()
      .split('\n')
      .findLast((line) => /error/i.test(line)) ??
    output.trim().split('\n').at(-1) ??
    '';
  return new SetupProblem(t`${stage} failed: ${meaning ?? last.trim().slice(0, 300)} (whole output: ${log})`);
}
