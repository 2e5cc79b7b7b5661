/** The local stacks that run on what the set-up is about to replace. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { keptFromRestart, takeDown } from '../../src/local/takeDown.mjs';
import { readEnvironmentFile } from '../../src/processes/envFile.mjs';
import { t, translated } from '../../src/words/catalogue.mjs';
import { PATHS, ROOT } from './paths.mjs';
import { SetupProblem } from './problem.mjs';

/** @typedef {{stateDir: string | undefined}} Stack stateDir: TUNING_STATE_DIR as it was given */

/**
 * Takes this checkout's stack and the one of TUNING_STATE_DIR down, in good order.
 *
 * @param {{comeBack: boolean}} how comeBack: they are brought up again afterwards, so with the keys of this shell
 * @returns {Promise<Stack[]>} those that ran
 * @throws SetupProblem when one of them encrypts with a key that would be missing then; all of them stay up
 */
export async function takeStacksDown({ comeBack }) {
  const given = process.env.TUNING_STATE_DIR;
  const stacks = (given ? [given, undefined] : [undefined]).map((stateDir) => ({
    stateDir,
    file: path.resolve(ROOT, stateDir ?? '.tuning', 'stack.json'),
  }));
  const environment = { ...readEnvironmentFile(PATHS.env), ...process.env };
  for (const { file } of comeBack ? stacks : []) {
    const problem = await keptFromRestart(file, environment, { of: ROOT });
    if (problem !== null)
      throw new SetupProblem(
        t`packages are to be installed, and the local stack has to be restarted for that: ${translated(problem)}`,
      );
  }
  const taken = [];
  for (const { stateDir, file } of stacks) {
    const onEnd = () =>
      process.stderr.write(
        `${t`Packages are to be installed, and the local stack runs on them: it is taken down first. Trainings write a checkpoint, and runs in progress go on afterwards …`}\n`,
      );
    if (await takeDown(file, { of: ROOT, onEnd, say: (line) => process.stderr.write(`${translated(line)}\n`) }))
      taken.push({ stateDir });
  }
  return taken;
}

/**
 * Brings a stack up again, as this checkout is now. What keeps it from coming up is told, and the command goes on.
 *
 * @param {Stack} stack
 */
export async function bringUp({ stateDir }) {
  const { TUNING_STATE_DIR: _, ...environment } = process.env;
  const code = await new Promise((resolve, reject) => {
    const child = spawn(
      PATHS.pinnedNode,
      ['--disable-warning=ExperimentalWarning', path.join(ROOT, 'src', 'client', 'main.ts'), 'up'],
      {
        cwd: ROOT,
        // What the command itself prints may be read by a program.
        stdio: ['ignore', 2, 2],
        env: stateDir ? { ...environment, TUNING_STATE_DIR: stateDir } : environment,
      },
    );
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) process.stderr.write(`${t`The local stack is not up again; npm run up tells why`}\n`);
}
