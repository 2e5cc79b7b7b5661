/** Installs what is missing, and nothing when all is there. */
import { alone } from './lock.mjs';
import { installNode, nodeReady } from './node.mjs';
import { SetupProblem } from './problem.mjs';
import { installPython, pythonReady } from './python.mjs';
import { bringUp, takeStacksDown } from './stacks.mjs';

/**
 * Nothing is installed under a running stack: it is taken down before, and brought up again with what is installed.
 *
 * @param {{dev?: boolean, stackComesBack?: boolean}} options dev: also what linting and tests need
 */
export async function ensureReady({ dev = false, stackComesBack = true } = {}) {
  if (nodeReady(dev) && pythonReady(dev)) return;
  await alone(async () => {
    if (nodeReady(dev) && pythonReady(dev)) return;
    const taken = await takeStacksDown({ comeBack: stackComesBack });
    process.stderr.write('Setting up (once; later commands start at once):\n');
    try {
      if (!nodeReady(dev)) await installNode(dev);
      if (!pythonReady(dev)) await installPython(dev);
    } catch (error) {
      if (error instanceof SetupProblem && taken.length > 0)
        error.message += '; the local stack is down until the set-up is done, and its runs wait';
      throw error;
    }
    if (stackComesBack) for (const stack of taken) await bringUp(stack);
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
