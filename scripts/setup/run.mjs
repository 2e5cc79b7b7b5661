/** Running one step of the set-up: its output goes to the log, its progress to stderr. */
import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { t } from '../../src/words/catalogue.mjs';
import { PATHS, ROOT } from './paths.mjs';
import { SetupProblem, explain } from './problem.mjs';

const KEPT = 200_000;

/**
 * Runs a command, showing `stage` and the time it takes.
 *
 * @param {string} stage
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<void>}
 */
export async function step(stage, command, args) {
  mkdirSync(path.dirname(PATHS.log), { recursive: true });
  appendFileSync(PATHS.log, `\n=== ${new Date().toISOString()} ${stage}\n`);
  const started = Date.now();
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
  const terminal = process.stderr.isTTY;
  process.stderr.write(terminal ? `  ${stage} …` : `  ${stage} …\n`);
  const ticking = terminal ? setInterval(() => process.stderr.write(`\r  ${stage} … ${seconds()}`), 1000) : undefined;
  let output = '';
  const code = await new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    const take = (chunk) => {
      appendFileSync(PATHS.log, chunk);
      output = (output + chunk).slice(-KEPT);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', (error) =>
      reject(new SetupProblem(t`${stage} failed: ${command} cannot be started (${error.code ?? error.message})`)),
    );
    child.on('close', resolve);
  }).finally(() => clearInterval(ticking));
  if (terminal)
    process.stderr.write(
      `\r  ${code === 0 ? t`${stage} done in ${seconds()}` : t`${stage} failed in ${seconds()}`}   \n`,
    );
  if (code !== 0) throw explain(stage, output, path.relative(ROOT, PATHS.log));
}
