/** A part of the product that a command runs until Ctrl-C: a worker, the codec server, the dashboard. */
import { execa } from 'execa';
import { PROJECT_ROOT } from '../projectRoot.ts';
import { EXIT } from '../runs/exitCodes.ts';
import { language, languageOf } from '../words/catalogue.ts';

/** The language of this command, where the environment names another one; LC_ALL would outrank it. */
const spokenHere = (): Record<string, string> =>
  language() === languageOf(process.env) ? {} : { LC_ALL: '', LC_MESSAGES: language() === 'zh' ? 'zh_CN.UTF-8' : 'C' };

export async function inForeground(program: string, args: string[]): Promise<number> {
  const { exitCode } = await execa(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...args], {
    cwd: PROJECT_ROOT,
    stdio: 'inherit',
    env: spokenHere(),
    reject: false,
  });
  return exitCode ?? EXIT.failed;
}
