/** A part of the product that a command runs until Ctrl-C: a worker, the codec server, the dashboard. */
import { execa } from 'execa';
import { PROJECT_ROOT } from '../projectRoot.ts';
import { EXIT } from './outcome.ts';

export async function inForeground(program: string, args: string[]): Promise<number> {
  const { exitCode } = await execa(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...args], {
    cwd: PROJECT_ROOT,
    stdio: 'inherit',
    reject: false,
  });
  return exitCode ?? EXIT.failed;
}
