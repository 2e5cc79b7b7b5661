/**
 * The configuration of a run as a whole, and what one means that an earlier release began.
 *
 * The schemas of its parts (`trainingConfig.ts`, `parameterSpace.ts`, `agentSettings.ts`) are the one truth about keys,
 * types and ranges: `config/schema.json` for editors is generated from them, and every message about a wrong
 * configuration ends there.
 */
import type { AgentSettings } from './agentSettings.ts';
import type { ParameterSpace } from './parameterSpace.ts';
import type { TrainingConfig, TrainingKey } from './trainingConfig.ts';

/** A whole configuration, resolved: what a run is started with. */
export interface TuningConfig {
  DEFAULT_CONFIG: TrainingConfig;
  TUNABLE_KEYS: Record<string, ParameterSpace>;
  AGENT_SETTINGS: AgentSettings;
}

/** Settings that came after 0.1.0, with what a run means that was begun before them. */
const ADDED_SETTINGS: Partial<AgentSettings> = {
  SEARCH: 'by_parameter',
  STOP_WHEN: 'budget',
  NOISE_SEEDS: 0,
  OPENING_SHARE: null,
  TRAINING_SLOTS: 1,
  PRIORITY: 3,
  PRUNING: false,
  REUSE_TRIALS: false,
  PUBLISH: 'best',
  GPT_TIMEOUT: 90,
  GPT_REASONING_EFFORT: null,
  ON_ADVISER_FAILURE: 'fallback',
  NOTIFY_WEBHOOK: null,
  MLFLOW_TRACKING_URI: null,
  WANDB_PROJECT: null,
  TRACKIO_PROJECT: null,
};

/** The same for keys of a training; a trial's identity leaves them out where they mean what they meant before. */
export const ADDED_KEYS = {
  EVAL_LOOKS: null,
  STORE: null,
  // Since 0.6.0.
  TASK: 'sts',
  TRAINER: null,
  TRAINER_COMMAND: null,
  TRAINER_FILES: [],
  METRIC: null,
  CONSTRAINTS: [],
  GROUP_COLUMN: null,
  OPTIMIZER: 'adamw_torch_fused',
  LOSS_SCALE: null,
  MINI_BATCH_SIZE: null,
  MATRYOSHKA_DIMS: null,
  HARD_NEGATIVES: 0,
  QUERY_PROMPT: '',
  PASSAGE_PROMPT: '',
  MAX_SEQ_LENGTH: null,
  POOLING: null,
  FROZEN_LAYERS: 0,
  DROPPED_LAYERS: 0,
  LORA_R: 0,
  LORA_ALPHA: 16,
  LORA_DROPOUT: 0,
  LORA_TARGET_MODULES: null,
  LORA_MERGE: true,
} as const satisfies { [Key in TrainingKey]?: unknown };

/** The configuration of a run that an earlier release may have begun, with every key that is known now. */
export function withAddedSettings(config: TuningConfig): TuningConfig {
  return {
    ...config,
    DEFAULT_CONFIG: { ...(ADDED_KEYS as unknown as Partial<TrainingConfig>), ...config.DEFAULT_CONFIG },
    AGENT_SETTINGS: { ...ADDED_SETTINGS, ...config.AGENT_SETTINGS },
  };
}
