/** `new-tuning`: five questions, then a YAML that works, and the command that runs it. */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ConfigError } from '../../config/configError.ts';
import { resolveConfig } from '../../config/resolve.ts';
import { PROJECT_ROOT, shownPath } from '../../projectRoot.ts';
import { EXIT } from '../../runs/exitCodes.ts';
import { UserError } from '../../runs/userError.ts';
import { askAll, NO_TERMINAL } from './ask.ts';
import type { Asker, Flags } from './ask.ts';
import type { Answers } from './answers.ts';
import { trainingsOf, yamlOf } from './files.ts';
import { starterOf } from './starters.ts';
import { t, translated } from '../../words/catalogue.ts';

export interface NewTuningOptions extends Flags {
  out?: string;
  force?: boolean;
}

/** Where the person stands: npm runs commands in the project's root. */
const callerFolder = (): string => process.env['INIT_CWD'] ?? process.cwd();

/**
 * The command.
 *
 * @throws UserError when an answer cannot be used, or a file would be overwritten: nothing is written then.
 */
export async function newTuning(
  options: NewTuningOptions,
  { asker, from = callerFolder() }: { asker?: Asker; from?: string } = {},
): Promise<number> {
  const answers = withPaths(
    await askAll(options, asker ?? (process.stdin.isTTY ? await terminal() : NO_TERMINAL)),
    from,
  );
  const out = path.resolve(from, options.out ?? `${nameOf(answers)}.yaml`);
  if (!/\.ya?ml$/.test(out)) throw new UserError(t`--out ${options.out}: must be a YAML file, such as tuning.yaml`);
  if (existsSync(out) && !options.force)
    throw new UserError(t`${out} is there already: --force writes over it, --out takes another name`);
  const command = `npm run start-run -- --config ${shownPath(out)}`;
  const test = `npm run test:trainer -- --config ${shownPath(out)}`;
  await mkdir(path.dirname(out), { recursive: true });
  await writeFile(out, yamlOf(answers, command));
  const missing = missingFile(answers);
  const started = missing !== null && (await writeStarter(answers, missing));
  const written = [shownPath(out), ...(started ? [t`${shownPath(missing)} (a training to start from)`] : [])];
  refuseUnusable(out);
  const trainings = trainingsOf(answers.seconds);
  process.stdout.write(
    `${[
      t`Written: ${written.join(', ')}`,
      t`At most ${trainings} trainings, about ${words(trainings * answers.seconds)} one after the other.`,
      ...(missing !== null && !started
        ? [
            t`${shownPath(missing)} is not there yet: what it must answer is in docs/plugins.md, and examples/not-python/train.mjs is one to look at.`,
          ]
        : []),
      ...(answers.kind === 'task' ? [] : [t`See whether it does all that a run asks of a training:`, `  ${test}`]),
      t`Start it with:`,
      `  ${command}`,
    ].join('\n')}\n`,
  );
  return EXIT.done;
}

/** What is read from where a person stands is found from anywhere. */
function withPaths(answers: Answers, from: string): Answers {
  const found = (name: string) => {
    const meant = path.resolve(from, name);
    return existsSync(path.resolve(PROJECT_ROOT, name)) && !existsSync(meant) ? name : shownPath(meant);
  };
  if (answers.kind === 'function') return { ...answers, file: found(answers.file) };
  if (answers.kind === 'task') {
    const isFile = existsSync(path.resolve(from, answers.data));
    return isFile ? { ...answers, data: found(answers.data) } : answers;
  }
  const program = programOf(answers.command);
  const part = (word: string) =>
    word === program || (/[./]/.test(word) && existsSync(path.resolve(from, word))) ? dotted(found(word)) : word;
  return { ...answers, command: answers.command.map(part) };
}

/** The word of a command that names its own program, whether or not it is there: a script, or what is started by a path. */
const programOf = ([first, ...others]: readonly string[]): string | undefined =>
  [first!, ...others].find((word) => SCRIPT.test(word)) ?? (first!.includes('/') ? first : undefined);
const SCRIPT = /^[^-].*\.(mjs|cjs|js|mts|ts|py|sh|rb|pl|lua|jl|r|php)$/i;

/** A program in the project's root needs `./`, or it is looked for in PATH. */
const dotted = (file: string): string => (file.includes('/') ? file : `./${file}`);

const nameOf = (answers: Answers): string =>
  answers.kind === 'task' ? answers.task : answers.kind === 'function' ? path.basename(answers.file, '.py') : 'tuning';

/** The training's own file, whole, where there is none yet. */
function missingFile(answers: Answers): string | null {
  if (answers.kind === 'task') return null;
  const named = answers.kind === 'function' ? answers.file : programOf(answers.command);
  if (named === undefined) return null;
  const file = path.resolve(PROJECT_ROOT, named);
  return existsSync(file) ? null : file;
}

/** Whether there was a training to start from in the language of the file. */
async function writeStarter(answers: Answers, file: string): Promise<boolean> {
  const starter = answers.kind === 'task' ? null : starterOf(answers, file);
  if (starter === null) return false;
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, starter, { flag: 'wx' });
  return true;
}

/** @throws UserError with everything that start-run would say; the files stay, to be mended. */
function refuseUnusable(file: string): void {
  try {
    resolveConfig({ file });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new UserError(
      `${t`Written, but it cannot be used yet:`}\n${error.problems.map((problem) => `  ${translated(problem)}`).join('\n')}`,
    );
  }
}

function words(seconds: number): string {
  if (seconds < 120) return t`${Math.round(seconds)} s`;
  return seconds < 7200 ? t`${Math.round(seconds / 60)} min` : t`${(seconds / 3600).toFixed(1)} h`;
}

/** Loaded when it is needed: the other commands do without. */
async function terminal(): Promise<Asker> {
  const { input, select } = await import('@inquirer/prompts');
  return {
    choose: (message, choices) => select({ message, choices }),
    text: (message, validate, preset) =>
      input({ message, validate, ...(preset === undefined ? {} : { default: preset }) }),
  };
}
