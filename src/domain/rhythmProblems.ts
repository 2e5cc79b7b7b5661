/** Rhythms of evaluating and saving among TUNABLE_KEYS. */
import { inSpaces } from './combinationProblem.ts';
import type { CombinationProblem } from './combinationProblem.ts';
import type { ParameterSpace } from './parameterSpace.ts';
import { apart } from './rhythms.ts';
import { said } from './said.ts';
import type { TrainingConfig } from './trainingConfig.ts';

/** What may be set in mid-run must not be able to change a score, and must have an effect. */
export function rhythmProblems(
  config: TrainingConfig,
  spaces: Readonly<Record<string, ParameterSpace>>,
): CombinationProblem[] {
  const problems: CombinationProblem[] = [];
  const refuse = (key: string, message: string) => problems.push(inSpaces(key, message));
  if (Object.hasOwn(spaces, 'EVAL_STEPS')) {
    if (config.EVAL_LOOKS === null)
      refuse(
        'EVAL_STEPS',
        said`would decide how often a training is looked at, and with that its score; set EVAL_LOOKS, so that all are looked at equally often`,
      );
    if (config.EVAL_STRATEGY !== 'steps')
      refuse('EVAL_STEPS', said`has no effect with EVAL_STRATEGY ${config.EVAL_STRATEGY}; allowed: steps`);
  }
  if (Object.hasOwn(spaces, 'SAVE_STEPS') && config.SAVE_STRATEGY !== 'steps')
    refuse('SAVE_STEPS', said`has no effect with SAVE_STRATEGY ${config.SAVE_STRATEGY}; allowed: steps`);
  const { searched, rhythms } = apart(spaces);
  const [only] = Object.keys(rhythms);
  if (only !== undefined && Object.keys(searched).length === 0)
    refuse(only, said`cannot change a score, so there is nothing to search; list a key that can`);
  return problems;
}
