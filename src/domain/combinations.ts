/** Rules between keys: combinations that each key's own range cannot rule out. */
import type { AgentSettings } from './agentSettings.ts';
import { inTraining } from './combinationProblem.ts';
import type { CombinationProblem } from './combinationProblem.ts';
import { loraProblems } from './loraProblems.ts';
import type { ParameterSpace } from './parameterSpace.ts';
import { taskProblems } from './taskProblems.ts';
import { rhythmProblems } from './rhythmProblems.ts';
import { said } from './said.ts';
import type { TrainingConfig } from './trainingConfig.ts';

/**
 * Every impossible combination of a configuration, each with the way out.
 *
 * @param spaces - TUNABLE_KEYS.
 */
export function impossibleCombinations(
  config: TrainingConfig,
  settings: AgentSettings,
  spaces: Readonly<Record<string, ParameterSpace>>,
): CombinationProblem[] {
  const problems = [
    ...taskProblems(config, spaces),
    ...loraProblems(config, spaces),
    ...rhythmProblems(config, spaces),
  ];
  const refuse = (key: keyof TrainingConfig, message: string) => problems.push(inTraining(key, message));
  if (
    !Object.hasOwn(spaces, 'SAVE_STEPS') &&
    !Object.hasOwn(spaces, 'EVAL_STEPS') &&
    config.SAVE_STRATEGY === 'steps' &&
    config.SAVE_STEPS !== 'auto' &&
    config.EVAL_STRATEGY === 'steps' &&
    config.SAVE_STEPS % config.EVAL_STEPS !== 0
  ) {
    const nearest = Math.max(1, Math.round(config.SAVE_STEPS / config.EVAL_STEPS)) * config.EVAL_STEPS;
    refuse(
      'SAVE_STEPS',
      said`${config.SAVE_STEPS} is not a multiple of EVAL_STEPS (${config.EVAL_STEPS}), so a checkpoint would not fall on an evaluation; for example SAVE_STEPS: ${nearest}`,
    );
  }
  for (const key of ['STSB_TRAIN_SPLIT', 'STSB_DEV_SPLIT', 'STSB_TEST_SPLIT'] as const) {
    if (isEmptySlice(config[key])) refuse(key, said`${config[key]} is empty: its end does not lie behind its start`);
  }
  if (config.STSB_DEV_SPLIT === 'none')
    refuse('STSB_DEV_SPLIT', said`the dev split gives the score and cannot be none`);
  if (config.STSB_TRAIN_SPLIT === 'none') refuse('STSB_TRAIN_SPLIT', said`there must be rows to train on`);
  if (config.STSB_TRAIN_SPLIT === config.STSB_DEV_SPLIT)
    refuse(
      'STSB_DEV_SPLIT',
      said`is the same as STSB_TRAIN_SPLIT (${config.STSB_TRAIN_SPLIT}); a score on rows that were trained on means nothing`,
    );
  if (
    config.STSB_TEST_SPLIT !== 'none' &&
    (config.STSB_TEST_SPLIT === config.STSB_DEV_SPLIT || config.STSB_TEST_SPLIT === config.STSB_TRAIN_SPLIT)
  ) {
    refuse(
      'STSB_TEST_SPLIT',
      said`${config.STSB_TEST_SPLIT} is used for training or for the score already; held-out rows must be others, or none`,
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
      message: said`${settings.MAX_TRIAL_SECONDS} is more than MAX_TRAIN_SECONDS (${settings.MAX_TRAIN_SECONDS}), which bounds all trainings together`,
    });
  }
  return problems;
}

/** Whether a slice is empty whatever the data: both bounds of one kind and sign, and no room between them. */
function isEmptySlice(slice: string): boolean {
  const [, start, startUnit, end, endUnit] = /\[(-?\d*)(%?):(-?\d+)(%?)\]$/.exec(slice) ?? [];
  if (end === undefined || (startUnit !== endUnit && start !== '')) return false;
  const from = Number(start || 0);
  const to = Number(end);
  return Math.sign(from) * Math.sign(to) >= 0 && to >= 0 === from >= 0 && to <= from;
}
