/** Rules between keys: combinations that each key's own range cannot rule out. */
import { isPlugin } from './metric.ts';
import type { AgentSettings, TrainingConfig } from './settings.ts';
import { TASK_FACTS } from './tasks.ts';

export interface CombinationProblem {
  section: 'DEFAULT_CONFIG' | 'AGENT_SETTINGS';
  key: string;
  message: string;
}

/** Every impossible combination of a configuration, each with the way out. */
export function impossibleCombinations(config: TrainingConfig, settings: AgentSettings): CombinationProblem[] {
  const problems: CombinationProblem[] = [];
  const inTraining = (key: keyof TrainingConfig, message: string) =>
    problems.push({ section: 'DEFAULT_CONFIG', key, message });
  taskProblems(config, inTraining);
  if (
    config.SAVE_STRATEGY === 'steps' &&
    config.SAVE_STEPS !== 'auto' &&
    config.EVAL_STRATEGY === 'steps' &&
    config.SAVE_STEPS % config.EVAL_STEPS !== 0
  ) {
    const nearest = Math.max(1, Math.round(config.SAVE_STEPS / config.EVAL_STEPS)) * config.EVAL_STEPS;
    inTraining(
      'SAVE_STEPS',
      `${config.SAVE_STEPS} is not a multiple of EVAL_STEPS (${config.EVAL_STEPS}), so a checkpoint would not fall on an evaluation; for example SAVE_STEPS: ${nearest}`,
    );
  }
  for (const key of ['STSB_TRAIN_SPLIT', 'STSB_DEV_SPLIT', 'STSB_TEST_SPLIT'] as const) {
    if (isEmptySlice(config[key])) inTraining(key, `${config[key]} is empty: its end does not lie behind its start`);
  }
  if (config.STSB_DEV_SPLIT === 'none')
    inTraining('STSB_DEV_SPLIT', 'the dev split gives the score and cannot be none');
  if (config.STSB_TRAIN_SPLIT === 'none') inTraining('STSB_TRAIN_SPLIT', 'there must be rows to train on');
  if (config.STSB_TRAIN_SPLIT === config.STSB_DEV_SPLIT)
    inTraining(
      'STSB_DEV_SPLIT',
      `is the same as STSB_TRAIN_SPLIT (${config.STSB_TRAIN_SPLIT}); a score on rows that were trained on means nothing`,
    );
  if (
    config.STSB_TEST_SPLIT !== 'none' &&
    (config.STSB_TEST_SPLIT === config.STSB_DEV_SPLIT || config.STSB_TEST_SPLIT === config.STSB_TRAIN_SPLIT)
  ) {
    inTraining(
      'STSB_TEST_SPLIT',
      `${config.STSB_TEST_SPLIT} is used for training or for the score already; held-out rows must be others, or none`,
    );
  }
  if (
    settings.MAX_TRIAL_SECONDS !== null &&
    settings.MAX_TRAIN_SECONDS !== null &&
    settings.MAX_TRIAL_SECONDS > settings.MAX_TRAIN_SECONDS
  ) {
    problems.push({
      section: 'AGENT_SETTINGS',
      key: 'MAX_TRIAL_SECONDS',
      message: `${settings.MAX_TRIAL_SECONDS} is more than MAX_TRAIN_SECONDS (${settings.MAX_TRAIN_SECONDS}), which bounds all trainings together`,
    });
  }
  return problems;
}

/** What the task, or an own training, does not go with. */
function taskProblems(config: TrainingConfig, inTraining: (key: keyof TrainingConfig, message: string) => void): void {
  if (config.TRAINER !== null && config.TRAINER_COMMAND !== null)
    inTraining('TRAINER_COMMAND', 'excludes TRAINER: a run trains one thing; set one of them to null');
  if (isPlugin(config)) return;
  if (config.METRIC !== null) inTraining('METRIC', `is for own trainings; TASK ${config.TASK} has its own score`);
  const { columns, optional, losses } = TASK_FACTS[config.TASK];
  if (!losses.includes(config.LOSS))
    inTraining('LOSS', `${config.LOSS} is no loss of TASK ${config.TASK}; allowed: ${losses.join(', ')}`);
  if (config.COLUMNS === null) return;
  const known = [...columns, ...optional];
  const given = Object.keys(config.COLUMNS);
  const unknown = given.filter((name) => !known.includes(name));
  const missing = columns.filter((name) => !given.includes(name));
  if (unknown.length > 0 || missing.length > 0)
    inTraining(
      'COLUMNS',
      `${unknown.length > 0 ? `has ${unknown.join(', ')}` : `lacks ${missing.join(', ')}`}; the columns of TASK ${config.TASK}: ${known.join(', ')}${optional.length > 0 ? ` (${optional.join(', ')} may be left out)` : ''}`,
    );
}

/** Whether a slice is empty whatever the data: both bounds of one kind and sign, and no room between them. */
function isEmptySlice(slice: string): boolean {
  const [, start, startUnit, end, endUnit] = /\[(-?\d*)(%?):(-?\d+)(%?)\]$/.exec(slice) ?? [];
  if (end === undefined || (startUnit !== endUnit && start !== '')) return false;
  const from = Number(start || 0);
  const to = Number(end);
  return Math.sign(from) * Math.sign(to) >= 0 && to >= 0 === from >= 0 && to <= from;
}
