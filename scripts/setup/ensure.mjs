/** Installs what is missing, and nothing when all is there. */
import { alone } from './lock.mjs';
import { installNode, nodeReady } from './node.mjs';
import { SetupProblem } from './problem.mjs';
import { installPython, pythonReady } from './python.mjs';

/**
 * @param {{dev?: boolean}} options dev: also what linting and tests need
 */
export async function ensureReady({ dev = false } = {}) {
  if (nodeReady(dev) && pythonReady(dev)) return;
  await alone(async () => {
    if (nodeReady(dev) && pythonReady(dev)) return;
    process.stderr.write('Setting up (once; later commands start at once):\n');
    if (!nodeReady(dev)) await installNode(dev);
    if (!pythonReady(dev)) await installPython(dev);
  });
}

/** Runs a script's main function; a set-up problem is one line and exit code 1. */
export async function runScript(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof SetupProblem)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
