/**
 * `npm run doctor`: what a run needs, what of it is there, and how to mend the rest. Works when the set-up does not.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, statfsSync } from 'node:fs';
import { createConnection } from 'node:net';
import path from 'node:path';
import { setLanguage, t } from '../src/words/catalogue.mjs';
import { nodeReady } from './setup/node.mjs';
import { PATHS, ROOT } from './setup/paths.mjs';
import { findPython, pythonReady } from './setup/python.mjs';

/** @typedef {{name: string, state: 'ok' | 'missing' | 'wrong' | 'note', found: string, mend?: string}} Check */

/**
 * Prints what was found; a program reads it in English.
 *
 * @param {{json: boolean}} options
 * @returns {Promise<number>} exit code: 0, everything is there
 */
export async function doctor({ json }) {
  if (json) setLanguage('en');
  const checks = [
    nodeCheck(),
    pinnedNodeCheck(),
    packagesCheck(),
    pythonCheck(),
    venvCheck(),
    trainerCheck(),
    temporalCheck(),
    diskCheck(),
    keyCheck(),
    acceleratorCheck(),
    await serverCheck(),
  ];
  const bad = checks.filter(({ state }) => state === 'missing' || state === 'wrong');
  if (json) process.stdout.write(`${JSON.stringify({ ok: bad.length === 0, checks })}\n`);
  else {
    const marks = { ok: '✓', missing: '✗', wrong: '✗', note: '·' };
    for (const { name, state, found, mend } of checks)
      process.stdout.write(
        `${marks[state]} ${padded(name, 18)} ${found}${mend && state !== 'ok' ? `\n    ${mend}` : ''}\n`,
      );
    process.stdout.write(
      `\n${bad.length === 0 ? t`Everything that a run needs is there.` : t`${bad.length} to mend.`}\n`,
    );
  }
  return bad.length === 0 ? 0 : 1;
}

/** Chinese signs are two columns wide on a terminal. */
const padded = (text, width) =>
  text + ' '.repeat(Math.max(0, width - text.length - (text.match(/\p{Script=Han}/gu) ?? []).length));

/** @returns {Check} */
function nodeCheck() {
  const major = Number(process.versions.node.split('.')[0]);
  return {
    name: 'Node',
    state: major >= 20 ? 'ok' : 'wrong',
    found: process.versions.node,
    mend: t`install Node 20 or newer`,
  };
}

function pinnedNodeCheck() {
  const version = spawnSync(PATHS.pinnedNode, ['--version'], { encoding: 'utf8' }).stdout?.trim();
  if (!version) return { name: t`pinned Node`, state: 'missing', found: t`not installed`, mend: 'npm run setup' };
  return {
    name: t`pinned Node`,
    state: version.startsWith('v24.') ? 'ok' : 'wrong',
    found: version,
    mend: t`remove node_modules and run npm run setup`,
  };
}

function packagesCheck() {
  const ready = nodeReady(false);
  return {
    name: t`Node packages`,
    state: ready ? 'ok' : 'missing',
    found: ready ? t`as in package-lock.json` : t`missing or not as in package-lock.json`,
    mend: 'npm run setup',
  };
}

function pythonCheck() {
  try {
    const { command, version } = findPython();
    return { name: 'Python', state: 'ok', found: `${version} (${command})` };
  } catch (error) {
    return {
      name: 'Python',
      state: existsSync(PATHS.python) ? 'note' : 'missing',
      found: error.message,
      mend: t`install Python 3.10 or newer`,
    };
  }
}

function venvCheck() {
  const ready = pythonReady();
  return {
    name: t`Python packages`,
    state: ready ? 'ok' : 'missing',
    found: ready ? t`as in trainer/requirements.lock` : t`missing or not as in the lock files`,
    mend: 'npm run setup',
  };
}

function trainerCheck() {
  const { status, stdout, stderr } = spawnSync(
    PATHS.python,
    [
      '-c',
      'import importlib.metadata as m; print("torch", m.version("torch"), "sentence-transformers", m.version("sentence-transformers"))',
    ],
    { encoding: 'utf8' },
  );
  if (status === 0) return { name: t`trainer`, state: 'ok', found: stdout.trim() };
  return {
    name: t`trainer`,
    state: 'missing',
    found: stderr?.trim().split('\n').at(-1) || t`not installed`,
    mend: 'npm run setup',
  };
}

function temporalCheck() {
  const binary = process.env.TUNING_TEMPORAL_BIN ?? PATHS.temporal;
  const { status, stdout } = spawnSync(binary, ['--version'], { encoding: 'utf8' });
  return status === 0
    ? { name: t`Temporal server`, state: 'ok', found: stdout.trim() }
    : { name: t`Temporal server`, state: 'missing', found: t`not installed`, mend: 'npm run setup' };
}

function diskCheck() {
  const { bavail, bsize } = statfsSync(ROOT);
  const free = (bavail * bsize) / 1e9;
  const needed = pythonReady() ? 2 : 6;
  return {
    name: t`disk`,
    state: free >= needed ? 'ok' : 'wrong',
    found: t`${free.toFixed(1)} GB free, ${needed} GB needed`,
    mend: t`free some room`,
  };
}

function keyCheck() {
  const inFile =
    existsSync(PATHS.env) && /^\s*(export\s+)?OPENAI_API_KEY\s*=\s*\S/m.test(readFileSync(PATHS.env, 'utf8'));
  if (existsSync(PATHS.env) && process.platform !== 'win32' && (statSync(PATHS.env).mode & 0o077) !== 0) {
    return { name: t`API key`, state: 'wrong', found: t`.env can be read by others`, mend: 'chmod 600 .env' };
  }
  if (process.env.OPENAI_API_KEY || inFile)
    return {
      name: t`API key`,
      state: 'ok',
      found: process.env.OPENAI_API_KEY ? t`set in the environment` : t`set in .env`,
    };
  return {
    name: t`API key`,
    state: 'note',
    found: t`not set: the search model advises`,
    mend: t`npm run setup-api-key sets one`,
  };
}

function acceleratorCheck() {
  const { status, stdout } = spawnSync('nvidia-smi', ['--query-gpu=name,memory.total', '--format=csv,noheader'], {
    encoding: 'utf8',
  });
  if (status === 0) return { name: t`accelerator`, state: 'ok', found: stdout.trim().split('\n')[0] };
  if (process.platform === 'darwin' && process.arch === 'arm64')
    return { name: t`accelerator`, state: 'ok', found: t`Apple GPU (MPS)` };
  return { name: t`accelerator`, state: 'note', found: t`none: trainings run on the CPU` };
}

async function serverCheck() {
  const stackFile = path.join(ROOT, '.tuning', 'stack.json');
  const named = process.env.TEMPORAL_ADDRESS;
  const address = named ?? (existsSync(stackFile) ? JSON.parse(readFileSync(stackFile, 'utf8')).address : null);
  if (!address)
    return { name: t`Temporal address`, state: 'note', found: t`the local stack is down; start-run starts it` };
  if (await listens(address))
    return {
      name: t`Temporal address`,
      state: 'ok',
      found: named ? `${address} (TEMPORAL_ADDRESS)` : t`${address} (local stack)`,
    };
  return {
    name: t`Temporal address`,
    state: named ? 'wrong' : 'note',
    found: t`${address} does not answer`,
    mend: named ? t`check TEMPORAL_ADDRESS, or unset it to use the local stack` : 'npm run up',
  };
}

function listens(address) {
  const [host, port] = address.split(':');
  return new Promise((resolve) => {
    const socket = createConnection({ host, port: Number(port), timeout: 2000 });
    const end = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket
      .once('connect', () => end(true))
      .once('error', () => end(false))
      .once('timeout', () => end(false));
  });
}
