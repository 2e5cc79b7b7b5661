/** Settings of LoRA that would have no effect, or belong to no model. */
import { inSpaces, inTraining } from './combinationProblem.ts';
import type { CombinationProblem } from './combinationProblem.ts';
import { isPlugin } from './metric.ts';
import type { ParameterSpace } from './parameterSpace.ts';
import { said } from './said.ts';
import { ADDED_KEYS } from './settings.ts';
import type { TrainingConfig } from './trainingConfig.ts';

/** Settings of LoRA beside its rank. */
const OF_LORA = ['LORA_ALPHA', 'LORA_DROPOUT', 'LORA_TARGET_MODULES', 'LORA_MERGE'] as const;

/** What would be set or tuned without any effect, and the adapter that would belong to no model that exists. */
export function loraProblems(
  config: TrainingConfig,
  spaces: Readonly<Record<string, ParameterSpace>>,
): CombinationProblem[] {
  const problems: CombinationProblem[] = [];
  if (isPlugin(config)) return problems;
  const rank = spaces['LORA_R'];
  if (config.LORA_R === 0 && !rank) {
    const message = said`has no effect without LoRA adapters: set LORA_R, or list it in TUNABLE_KEYS`;
    for (const key of OF_LORA.filter((name) => config[name] !== ADDED_KEYS[name]))
      problems.push(inTraining(key, message));
  }
  // Trainings without adapters that differ in nothing else would be the same one.
  const lowest = rank ? Math.min(config.LORA_R, ...(rank.choices ?? [rank.min!]).map(Number)) : config.LORA_R;
  for (const key of OF_LORA.filter((name) => lowest === 0 && Object.hasOwn(spaces, name)))
    problems.push(
      inSpaces(
        key,
        said`has no effect without LoRA adapters, so it is tuned only where every training has them: set LORA_R above 0${rank ? said`, and leave 0 out of its choices` : ''}`,
      ),
    );
  if (!config.LORA_MERGE && (config.DROPPED_LAYERS > 0 || Object.hasOwn(spaces, 'DROPPED_LAYERS')))
    problems.push(
      inTraining(
        'LORA_MERGE',
        said`false does not go with DROPPED_LAYERS: an adapter that is published alone belongs to the base model as it came; set LORA_MERGE: true`,
      ),
    );
  return problems;
}
