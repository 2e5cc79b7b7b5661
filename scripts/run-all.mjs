/** Running tools with what the project installed first on PATH. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { t } from '../src/words/catalogue.mjs';
import { PATHS, ROOT } from './setup/paths.mjs';

export const NODE_BIN = path.join(PATHS.nodeModules, '.bin');
export const VENV_BIN = path.dirname(PATHS.python);

/**
 * Runs a tool with this terminal until it has ended. Ctrl-C and SIGTERM are for the tool to act on: they are passed on, and
 * its end waited for.
 *
 * @param {number | 'inherit'} output - Descriptor of a file for what it prints, of a tool that runs beside another.
 * @returns {Promise<number>} the exit code
 */
export async function run(command, args, environment = {}, output = 'inherit') {
  const child = spawn(command, args, {
    cwd: ROOT,
    stdio: ['inherit', output, output],
    env: { ...process.env, PATH: `${NODE_BIN}${path.delimiter}${process.env.PATH}`, ...environment },
  });
  const pass = (signal) => child.kill(signal);
  process.on('SIGINT', pass).on('SIGTERM', pass);
  try {
    return await new Promise((resolve) => {
      child.on('error', (error) => {
        process.stderr.write(`${t`${command} cannot be started: ${error.message}`}\n`);
        resolve(1);
      });
      child.on('close', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
    });
  } finally {
    process.off('SIGINT', pass).off('SIGTERM', pass);
  }
}

/** Runs tools one after the other, all of them even when one fails. @returns {Promise<number[]>} the exit codes */
export async function runAll(tools) {
  const codes = [];
  for (const [command, args] of tools) codes.push(await run(command, args));
  return codes;
}
