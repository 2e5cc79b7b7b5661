/** The five questions, for a terminal; what the flags have answered is not asked. */
import { TASKS } from '../../domain/tasks.ts';
import type { Task } from '../../domain/tasks.ts';
import { nearest } from '../../config/messages.ts';
import { metricOf, metricWords } from '../../domain/metric.ts';
import { taskWords } from '../../domain/taskWords.ts';
import type { TrainingConfig } from '../../domain/trainingConfig.ts';
import { UserError } from '../../runs/userError.ts';
import { KINDS, keyForm, readCommand, readKey, readSeconds } from './answers.ts';
import type { Answers, Kind, MetricAnswer, OwnKey } from './answers.ts';
import { language, t, translated } from '../../words/catalogue.ts';

export interface Flags {
  trains?: string;
  task?: string;
  file?: string;
  command?: string;
  key: string[];
  metric?: string;
  direction?: string;
  takes?: string;
}

/** Asks a person; `@inquirer/prompts`, or a test. */
export interface Asker {
  choose(question: string, choices: { value: string; name: string }[]): Promise<string>;
  text(question: string, check: (text: string) => string | true, preset?: string): Promise<string>;
}

export const NO_TERMINAL: Asker = {
  choose: async (question) => lacking(question),
  text: async (question) => lacking(question),
};

function lacking(question: string): never {
  throw new UserError(
    t`${question} There is no terminal to ask at: give it as a flag (--trains, --task, --file, --command, --key, --metric, --direction, --takes)`,
  );
}

function nameOfKind(kind: Kind): string {
  if (kind === 'task') return t`a model of sentence-transformers (similarity, retrieval, triplets, pairs, reranker)`;
  return kind === 'function' ? t`my own training: a Python function` : t`my own training: a command in any language`;
}

/** @throws UserError for a flag that cannot be used, and for a question without a terminal. */
export async function askAll(flags: Flags, asker: Asker): Promise<Answers> {
  const kind = await chosen(t`What is trained?`, 'trains', flags.trains, KINDS, nameOfKind, asker);
  if (kind === 'task') {
    const task = await chosen(t`Which task?`, 'task', flags.task, TASKS, nameOfTask, asker);
    const data = flags.file ?? (await asker.text(t`Which data (a file, a folder, or "sample")?`, notEmpty, 'sample'));
    return { kind, task, data, seconds: await duration(flags, asker) };
  }
  if (kind === 'function') {
    const file = flags.file ?? (await asker.text(t`Which Python file?`, pythonFile, 'my_training.py'));
    const wrong = pythonFile(file);
    if (wrong !== true) throw new UserError(`--file ${file}: ${wrong}`);
    return { kind, file, ...(await ownAnswers(flags, asker)) };
  }
  const typed = flags.command ?? (await asker.text(t`Which command?`, notEmpty));
  const command = readCommand(typed);
  if (command.length === 0) throw new UserError(t`--command: is empty; for example --command "node train.mjs"`);
  return { kind, command, ...(await ownAnswers(flags, asker)) };
}

/** No data are looked at yet. */
const untrained = (task: Task) => ({
  config: { DEFAULT_CONFIG: { TASK: task, TRAINER: null, TRAINER_COMMAND: null } as TrainingConfig },
  trainer: null,
});

const nameOfTask = (task: Task): string =>
  `${task}: ${translated(taskWords(untrained(task)).trained)}; ${metricWords(metricOf(untrained(task)))[language()]}`;

async function ownAnswers(
  flags: Flags,
  asker: Asker,
): Promise<{ keys: OwnKey[]; metric: MetricAnswer; seconds: number }> {
  const keys = flags.key.length > 0 ? flags.key.map(readKey) : await askKeys(asker);
  const twice = keys.find(({ name }, index) => keys.findIndex((other) => other.name === name) < index);
  if (twice) throw new UserError(t`${twice.name} is given twice`);
  const name = flags.metric ?? (await asker.text(t`Which metric decides (its name)?`, identifier, 'score'));
  const wrong = identifier(name);
  if (wrong !== true) throw new UserError(`--metric ${name}: ${wrong}`);
  const directions = ['maximize', 'minimize'] as const;
  const words = { maximize: t`higher is better`, minimize: t`lower is better` };
  const direction = await chosen(
    t`Which direction?`,
    'direction',
    flags.direction,
    directions,
    (one) => words[one],
    asker,
  );
  return { keys, metric: { name, direction }, seconds: await duration(flags, asker) };
}

async function askKeys(asker: Asker): Promise<OwnKey[]> {
  const keys: OwnKey[] = [];
  for (;;) {
    const more = keys.length > 0;
    const text = await asker.text(
      more ? t`Another key (empty: no more)?` : `${t`Which key is tuned, and in which range? ${keyForm()}`}\n`,
      (typed) => (more && typed.trim() === '' ? true : readable(() => readKey(typed))),
    );
    if (text.trim() === '') return keys;
    keys.push(readKey(text));
  }
}

const duration = async (flags: Flags, asker: Asker): Promise<number> =>
  readSeconds(
    flags.takes ??
      (await asker.text(
        t`How long does one training take, about?`,
        (typed) => readable(() => readSeconds(typed)),
        '1m',
      )),
  );

async function chosen<Choice extends string>(
  question: string,
  flag: string,
  given: string | undefined,
  choices: readonly Choice[],
  name: (choice: Choice) => string,
  asker: Asker,
): Promise<Choice> {
  const answer =
    given ??
    (await asker.choose(
      question,
      choices.map((value) => ({ value, name: name(value) })),
    ));
  const found = choices.find((choice) => choice === answer);
  if (!found) {
    const meant = nearest(answer, choices);
    throw new UserError(
      meant === null
        ? t`--${flag} ${answer}: allowed: ${choices.join(', ')}`
        : t`--${flag} ${answer}: did you mean ${meant}? Allowed: ${choices.join(', ')}`,
    );
  }
  return found;
}

const notEmpty = (text: string): string | true => (text.trim() === '' ? t`an answer is needed` : true);
const pythonFile = (text: string): string | true =>
  text.endsWith('.py') ? true : t`allowed: a Python file, such as my_training.py`;
const identifier = (text: string): string | true =>
  /^[A-Za-z]\w{0,63}$/.test(text) ? true : t`allowed: letters, digits and underscores, starting with a letter`;

function readable(read: () => unknown): string | true {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}
