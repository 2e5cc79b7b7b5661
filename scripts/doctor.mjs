/**
 * `npm run doctor`: what a run needs, what of it is there, and how to mend the rest. Works when the set-up does not.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, statfsSync } from 'node:fs';
import { createConnection } from 'node:net';
import path from 'node:path';
import { nodeReady } from './setup/node.mjs';
import { PATHS, ROOT } from './setup/paths.mjs';
import { findPython, pythonReady } from './setup/python.mjs';

/** @typedef {{name: string, state: 'ok' | 'missing' | 'wrong' | 'note', found: string, mend?: string}} Check */

/** @param {string[]} args */
export async function doctor(args) {
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
  if (args.includes('--json')) process.stdout.write(`${JSON.stringify({ ok: bad.length === 0, checks })}\n`);
  else {
    const marks = { ok: '✓', missing: '✗', wrong: '✗', note: '·' };
    for (const { name, state, found, mend } of checks)
      process.stdout.write(
        `${marks[state]} ${name.padEnd(18)} ${found}${mend && state !== 'ok' ? `\n    ${mend}` : ''}\n`,
      );
    process.stdout.write(bad.length === 0 ? '\nEverything that a run needs is there.\n' : `\n${bad.length} to mend.\n`);
  }
  return bad.length === 0 ? 0 : 1;
}

/** @returns {Check} */
function nodeCheck() {
  const major = Number(process.versions.node.split('.')[0]);
  return {
    name: 'Node',
    state: major >= 20 ? 'ok' : 'wrong',
    found: process.versions.node,
    mend: 'install Node 20 or newer',
  };
}

function pinnedNodeCheck() {
  const version = spawnSync(PATHS.pinnedNode, ['--version'], { encoding: 'utf8' }).stdout?.trim();
  if (!version) return { name: 'pinned Node', state: 'missing', found: 'not installed', mend: 'npm run setup' };
  return {
    name: 'pinned Node',
    state: version.startsWith('v24.') ? 'ok' : 'wrong',
    found: version,
    mend: 'remove node_modules and run npm run setup',
  };
}

function packagesCheck() {
  const ready = nodeReady(false);
  return {
    name: 'Node packages',
    state: ready ? 'ok' : 'missing',
    found: ready ? 'as in package-lock.json' : 'missing or not as in package-lock.json',
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
      mend: 'install Python 3.10 or newer',
    };
  }
}

function venvCheck() {
  const ready = pythonReady(false);
  return {
    name: 'Python packages',
    state: ready ? 'ok' : 'missing',
    found: ready ? 'as in trainer/requirements.lock' : 'missing or not as in the lock files',
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
  if (status === 0) return { name: 'trainer', state: 'ok', found: stdout.trim() };
  return {
    name: 'trainer',
    state: 'missing',
    found: stderr?.trim().split('\n').at(-1) || 'not installed',
    mend: 'npm run setup',
  };
}

function temporalCheck() {
  const binary = process.env.TUNING_TEMPORAL_BIN ?? PATHS.temporal;
  const { status, stdout } = spawnSync(binary, ['--version'], { encoding: 'utf8' });
  return status === 0
    ? { name: 'Temporal server', state: 'ok', found: stdout.trim() }
    : { name: 'Temporal server', state: 'missing', found: 'not installed', mend: 'npm run setup' };
}

function diskCheck() {
  const { bavail, bsize } = statfsSync(ROOT);
  const free = (bavail * bsize) / 1e9;
  const needed = pythonReady(false) ? 2 : 6;
  return {
    name: 'disk',
    state: free >= needed ? 'ok' : 'wrong',
    found: `${free.toFixed(1)} GB free, ${needed} GB needed`,
    mend: 'free some room',
  };
}

function keyCheck() {
  const inFile =
    existsSync(PATHS.env) && /^\s*(export\s+)?OPENAI_API_KEY\s*=\s*\S/m.test(readFileSync(PATHS.env, 'utf8'));
  if (existsSync(PATHS.env) && process.platform !== 'win32' && (statSync(PATHS.env).mode & 0o077) !== 0) {
    return { name: 'API key', state: 'wrong', found: '.env can be read by others', mend: 'chmod 600 .env' };
  }
  if (process.env.OPENAI_API_KEY || inFile)
    return { name: 'API key', state: 'ok', found: `set in ${process.env.OPENAI_API_KEY ? 'the environment' : '.env'}` };
  return {
    name: 'API key',
    state: 'note',
    found: 'not set: the search model advises',
    mend: 'npm run setup-api-key sets one',
  };
}

function acceleratorCheck() {
  const { status, stdout } = spawnSync('nvidia-smi', ['--query-gpu=name,memory.total', '--format=csv,noheader'], {
    encoding: 'utf8',
  });
  if (status === 0) return { name: 'accelerator', state: 'ok', found: stdout.trim().split('\n')[0] };
  if (process.platform === 'darwin' && process.arch === 'arm64')
    return { name: 'accelerator', state: 'ok', found: 'Apple GPU (MPS)' };
  return { name: 'accelerator', state: 'note', found: 'none: trainings run on the CPU' };
}

async function serverCheck() {
  const stackFile = path.join(ROOT, '.tuning', 'stack.json');
  const named = process.env.TEMPORAL_ADDRESS;
  const address = named ?? (existsSync(stackFile) ? JSON.parse(readFileSync(stackFile, 'utf8')).address : null);
  if (!address)
    return { name: 'Temporal address', state: 'note', found: 'the local stack is down; start-run starts it' };
  if (await listens(address))
    return {
      name: 'Temporal address',
      state: 'ok',
      found: `${address}${named ? ' (TEMPORAL_ADDRESS)' : ' (local stack)'}`,
    };
  return {
    name: 'Temporal address',
    state: named ? 'wrong' : 'note',
    found: `${address} does not answer`,
    mend: named ? 'check TEMPORAL_ADDRESS, or unset it to use the local stack' : 'npm run up',
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
