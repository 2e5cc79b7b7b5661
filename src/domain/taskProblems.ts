/** What a task, or an own training, does not go with: its losses, columns, and settings that it does not have. */
import { inSpaces, inTraining } from './combinationProblem.ts';
import type { CombinationProblem } from './combinationProblem.ts';
import { isPlugin } from './metric.ts';
import type { ParameterSpace } from './parameterSpace.ts';
import { said } from './said.ts';
import { ADDED_KEYS } from './settings.ts';
import { SPECIAL_SETTINGS, TASK_FACTS } from './tasks.ts';
import type { Loss } from './tasks.ts';
import type { TrainingConfig } from './trainingConfig.ts';
import { canonicalJson } from './trialIdentity.ts';

type Spaces = Readonly<Record<string, ParameterSpace>>;
type Special = keyof typeof SPECIAL_SETTINGS;

export function taskProblems(config: TrainingConfig, spaces: Spaces): CombinationProblem[] {
  const both: CombinationProblem[] =
    config.TRAINER !== null && config.TRAINER_COMMAND !== null
      ? [inTraining('TRAINER_COMMAND', said`excludes TRAINER: a run trains one thing; set one of them to null`)]
      : [];
  if (isPlugin(config)) return both;
  return [
    ...metricProblems(config),
    ...lossProblems(config, spaces),
    ...settingProblems(config, spaces),
    ...columnProblems(config),
  ];
}

const metricProblems = ({ METRIC, TASK }: TrainingConfig): CombinationProblem[] =>
  METRIC === null ? [] : [inTraining('METRIC', said`is for own trainings; TASK ${TASK} has its own score`)];

function lossProblems({ TASK, LOSS }: TrainingConfig, spaces: Spaces): CombinationProblem[] {
  const { losses } = TASK_FACTS[TASK];
  const allowed = said`allowed: ${losses.join(', ')}`;
  const problems = losses.includes(LOSS)
    ? []
    : [inTraining('LOSS', said`${LOSS} is no loss of TASK ${TASK}; ${allowed}`)];
  const choices = chosen(spaces);
  const foreign = choices.filter((choice) => !losses.includes(choice));
  if (foreign.length > 0)
    problems.push(inSpaces('LOSS', said`choices: ${foreign.join(', ')} is no loss of TASK ${TASK}; ${allowed}`));
  if (choices.includes('mnrl') && choices.includes('cached_mnrl'))
    problems.push(
      inSpaces(
        'LOSS',
        said`choices: mnrl and cached_mnrl have the same gradients, so there is nothing to choose; keep one of them`,
      ),
    );
  return problems;
}

const chosen = (spaces: Spaces): Loss[] => (spaces['LOSS']?.choices ?? []) as Loss[];

/** Settings that would have no effect, as they are set or where they are tuned. */
function settingProblems(config: TrainingConfig, spaces: Spaces): CombinationProblem[] {
  const losses = [config.LOSS, ...chosen(spaces)];
  return (Object.keys(SPECIAL_SETTINGS) as Special[]).flatMap((key) => {
    const without = withoutEffect(key, config, losses);
    if (without === null) return [];
    const { neutral, set } = { neutral: ADDED_KEYS[key], set: config[key] };
    return [
      ...(canonicalJson(set) === canonicalJson(neutral)
        ? []
        : [inTraining(key, said`has no effect: ${without}; set it to ${JSON.stringify(neutral)}`)]),
      ...(Object.hasOwn(spaces, key) ? [inSpaces(key, said`cannot be tuned: it has no effect, since ${without}`)] : []),
    ];
  });
}

/** Why a setting has no effect; null where it has one, at least under one of the losses. */
function withoutEffect(key: Special, { TASK }: TrainingConfig, losses: readonly Loss[]): string | null {
  const of: { tasks?: readonly string[]; losses?: readonly Loss[] } = SPECIAL_SETTINGS[key];
  if (of.tasks && !of.tasks.includes(TASK)) return said`TASK ${TASK} does not have it, only ${of.tasks.join(', ')}`;
  if (of.losses && !losses.some((loss) => of.losses!.includes(loss)))
    return said`LOSS ${[...new Set(losses)].join(', ')} does not have it, only ${of.losses.join(', ')}`;
  return null;
}

function columnProblems({ TASK, COLUMNS }: TrainingConfig): CombinationProblem[] {
  if (COLUMNS === null) return [];
  const { columns, optional } = TASK_FACTS[TASK];
  const known = [...columns, ...optional];
  const given = Object.keys(COLUMNS);
  const unknown = given.filter((name) => !known.includes(name));
  const missing = columns.filter((name) => !given.includes(name));
  if (unknown.length === 0 && missing.length === 0) return [];
  const wrong = unknown.length > 0 ? said`has ${unknown.join(', ')}` : said`lacks ${missing.join(', ')}`;
  const left = optional.length > 0 ? said` (${optional.join(', ')} may be left out)` : '';
  return [inTraining('COLUMNS', said`${wrong}; the columns of TASK ${TASK}: ${known.join(', ')}${left}`)];
}
