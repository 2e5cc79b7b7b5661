/** What a rule between keys finds. */
import type { TrainingConfig } from './trainingConfig.ts';

export interface CombinationProblem {
  section: 'DEFAULT_CONFIG' | 'TUNABLE_KEYS' | 'AGENT_SETTINGS';
  key: string;
  message: string;
}

export const inTraining = (key: keyof TrainingConfig, message: string): CombinationProblem => ({
  section: 'DEFAULT_CONFIG',
  key,
  message,
});

export const inSpaces = (key: string, message: string): CombinationProblem => ({
  section: 'TUNABLE_KEYS',
  key,
  message,
});
