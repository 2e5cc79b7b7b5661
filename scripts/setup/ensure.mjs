/** Installs what is missing, and nothing when all is there. */
import { LANGUAGES, languageAsked, languageIn, setLanguage, t } from '../../src/words/catalogue.mjs';
import { alone } from './lock.mjs';
import { installNode, nodeReady } from './node.mjs';
import { SetupProblem, UsageProblem } from './problem.mjs';
import { installPython, pythonReady } from './python.mjs';
import { bringUp, takeStacksDown } from './stacks.mjs';

/**
 * Nothing is installed under a running stack: it is taken down before, and brought up again with what is installed.
 *
 * @param {{dev?: boolean, trackers?: boolean, stackComesBack?: boolean}} options dev: also what linting and tests need;
 *   trackers: also what MLFLOW_TRACKING_URI, WANDB_PROJECT and TRACKIO_PROJECT need
 */
export async function ensureReady({ dev = false, trackers, stackComesBack = true } = {}) {
  if (nodeReady(dev) && pythonReady({ dev, trackers })) return;
  await alone(async () => {
    if (nodeReady(dev) && pythonReady({ dev, trackers })) return;
    const taken = await takeStacksDown({ comeBack: stackComesBack });
    process.stderr.write(`${t`Setting up (once; later commands start at once):`}\n`);
    try {
      if (!nodeReady(dev)) await installNode(dev);
      if (!pythonReady({ dev, trackers })) await installPython({ dev, trackers });
    } catch (error) {
      if (error instanceof SetupProblem && taken.length > 0)
        error.message = t`${error.message}; the local stack is down until the set-up is done, and its runs wait`;
      throw error;
    }
    if (stackComesBack) for (const stack of taken) await bringUp(stack);
  });
}

/**
 * Runs a script's main function, in the language that its command line or the environment asks for; a set-up problem is
 * one line and exit code 1, a wrong command line one line and 2.
 *
 * @param {(args: string[]) => Promise<number>} main gets the command line without `--lang`
 */
export async function runScript(main) {
  const given = process.argv.slice(2);
  const { named, others } = languageIn(given);
  setLanguage(languageAsked(given, process.env));
  try {
    if (named !== null && !LANGUAGES.includes(named)) throw new UsageProblem(wrongLanguage(named));
    process.exitCode = await main(others);
  } catch (error) {
    if (!(error instanceof SetupProblem)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error instanceof UsageProblem ? 2 : 1;
  }
}

const wrongLanguage = (named) => t`--lang ${named}: must be one of ${LANGUAGES.toReversed().join(', ')}`;
