/** `check-data`: what data are taken for, before anything is started. No server is asked. */
import { execa } from 'execa';
import { z } from 'zod';
import { fileLayer } from '../config/layers.ts';
import { checkedDataSchema } from '../domain/checkedData.ts';
import type { CheckedData } from '../domain/checkedData.ts';
import type { TrainingConfig } from '../domain/trainingConfig.ts';
import { pythonEnvironment, pythonExecutable } from '../processes/python.ts';
import { PROJECT_ROOT } from '../projectRoot.ts';
import { resolvedOrRefused } from '../runs/configuration.ts';
import { EXIT } from '../runs/exitCodes.ts';
import { UserError } from '../runs/userError.ts';
import { existingPath, fromCaller } from './callerPaths.ts';
import { checkedLines } from './checkedData.ts';
import { t } from '../words/catalogue.ts';

export interface CheckOptions {
  task?: string;
  config?: string;
  set: string[];
  json?: boolean;
}

/** Exit code 0: they can be used; 2: they cannot. */
export async function checkData(file: string, options: CheckOptions): Promise<number> {
  const layers = { ...(options.config ? { file: fromCaller(options.config) } : {}), environment: process.env };
  const data = existingPath(file);
  const named = `DATASET_NAME=${JSON.stringify(data)}`;
  // Settings of the person may be such as only the right task has.
  const guessed = isTaskNamed(options)
    ? null
    : (await ask('columns', resolvedOrRefused({}, { set: [named] }).DEFAULT_CONFIG, columnsSchema)).task;
  const task = options.task ?? guessed;
  const set = [...options.set, ...(task ? [`TASK=${task}`] : []), named];
  const config = resolvedOrRefused({}, { ...layers, set }).DEFAULT_CONFIG;
  const checked = await ask('all', config, checkedDataSchema);
  const told = { ...checked, taskGuessed: guessed !== null };
  process.stdout.write(options.json ? `${JSON.stringify(told)}\n` : `${checkedLines(told, file).join('\n')}\n`);
  return checked.usable ? EXIT.done : EXIT.badInput;
}

const columnsSchema = z.object({ columns: z.array(z.string()), task: z.string().nullable() });

function isTaskNamed({ task, config, set }: CheckOptions): boolean {
  const file = config ? fileLayer(fromCaller(config), config).DEFAULT_CONFIG.has('TASK') : false;
  return (
    Boolean(task) || file || 'TUNING_TASK' in process.env || set.some((assignment) => /^\s*TASK\s*=/.test(assignment))
  );
}

/** @throws UserError when the trainer gives no answer. */
async function ask<Answer extends CheckedData | z.infer<typeof columnsSchema>>(
  question: 'columns' | 'all',
  config: TrainingConfig,
  schema: z.ZodType<Answer>,
): Promise<Answer> {
  const { stdout, exitCode } = await execa(pythonExecutable(), ['-m', 'tuning_trainer', 'check-data'], {
    cwd: PROJECT_ROOT,
    env: pythonEnvironment(),
    extendEnv: false,
    input: JSON.stringify({ v: 1, ask: question, project_dir: PROJECT_ROOT, config }),
    stderr: 'inherit',
    reject: false,
  });
  if (exitCode !== 0)
    throw new UserError(t`the data could not be checked: the trainer ended with ${exitCode}`, EXIT.failed);
  return schema.parse(JSON.parse(stdout));
}
