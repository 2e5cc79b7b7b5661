#!/usr/bin/env node
/**
 * `npm run <command>`, and `tuning <command>` where a link of that name to this file is on the PATH: sets up what is
 * missing, then hands over to src/client/main.ts on the pinned Node.
 *
 * Runs on Node 20 and needs no package.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { t } from '../src/words/catalogue.mjs';
import { nodeReady } from './setup/node.mjs';
import { ensureReady, runScript } from './setup/ensure.mjs';
import { PATHS, ROOT } from './setup/paths.mjs';
import { UsageProblem } from './setup/problem.mjs';

/** What works without anything installed, and its options. */
const HERE = { doctor: ['--json'], setup: ['--trackers'] };
const HELP = new Set(['--help', '-h']);

await runScript(async ([command, ...args]) => {
  if (command !== undefined && command in HERE) {
    // Help needs the program, and installs nothing for that.
    if (args.some((arg) => HELP.has(arg)) && nodeReady(false)) return handOver();
    refuseUnknown(command, args);
    if (command === 'doctor') return (await import('./doctor.mjs')).doctor({ json: args.includes('--json') });
  }
  // Otherwise those that are there are kept up.
  const trackers = command === 'setup' && args.includes('--trackers') ? true : undefined;
  await ensureReady({ stackComesBack: command !== 'down', trackers });
  if (command !== 'setup') return handOver();
  process.stderr.write(`${t`Everything is installed.`}\n`);
  return 0;
});

/** @throws UsageProblem for a word that the command does not take, help included. */
function refuseUnknown(command, args) {
  const unknown = args.find((arg) => !HERE[command].includes(arg));
  const usage = [`npm run ${command} --`, ...[...HERE[command], '--lang zh|en'].map((option) => `[${option}]`)].join(
    ' ',
  );
  if (HELP.has(unknown)) throw new UsageProblem(t`Usage: ${usage}`);
  if (unknown !== undefined) throw new UsageProblem(`${t`error: unknown option '${unknown}'`}\n${t`Usage: ${usage}`}`);
}

function handOver() {
  const child = spawn(
    PATHS.pinnedNode,
    ['--disable-warning=ExperimentalWarning', path.join(ROOT, 'src', 'client', 'main.ts'), ...process.argv.slice(2)],
    {
      cwd: ROOT,
      stdio: 'inherit',
      env: { NODE_COMPILE_CACHE: PATHS.compileCache, ...process.env, INIT_CWD: callerFolder() },
    },
  );
  // A terminal sends Ctrl-C to the whole group; the program decides what it means, and this process waits for it.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}

/** Where the person stands: npm runs scripts in the project's root, and says where it was called. */
function callerFolder() {
  return process.cwd() === ROOT ? (process.env.INIT_CWD ?? ROOT) : process.cwd();
}
