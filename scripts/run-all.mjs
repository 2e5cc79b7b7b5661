/** Running tools one after the other, all of them even when one fails. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { PATHS, ROOT } from './setup/paths.mjs';

export const NODE_BIN = path.join(PATHS.nodeModules, '.bin');
export const VENV_BIN = path.dirname(PATHS.python);

/** @returns {number} the exit code */
export function run(command, args, environment = {}) {
  const { status, error } = spawnSync(command, args, {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${NODE_BIN}${path.delimiter}${process.env.PATH}`, ...environment },
  });
  if (error) process.stderr.write(`${command} cannot be started: ${error.message}\n`);
  return status ?? 1;
}
