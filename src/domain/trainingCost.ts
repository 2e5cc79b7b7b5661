/**
 * What a training takes, in seconds, from the timed mini-training of the default configuration and from the trainings that
 * were measured since.
 */
import { configFor } from './configurations.ts';
import type { Timing } from './estimated.ts';
import type { RunState } from './runState.ts';
import type { TrainingConfig } from './trainingConfig.ts';
import type { ScoredTrial, Values } from './trials.ts';
import { isScored } from './trials.ts';

/** Where nothing was timed a training is one step of one second: only how trainings compare with each other is known. */
const UNTIMED: Timing = { step: 1, stepFixed: 0, evaluation: 0, startup: 0, save: 0, totalSteps: 1, timed: 0 };

/** Share of trainings whose best look is not their last: its weights are put back and scored once more. */
const RESCORED = 0.5;

/** Seconds of a training as timed, from its first step to its end: loading is left out, as in `TrialResult.trainSeconds`. */
function timedSeconds(state: RunState, config: TrainingConfig): number {
  const timing = state.timing ?? UNTIMED;
  const defaults = state.config.DEFAULT_CONFIG;
  const rows = (of: TrainingConfig) => of.TRAIN_BATCH_SIZE * of.GRAD_ACC_STEPS;
  const larger = rows(config) / rows(defaults);
  const longer = config.NUM_TRAIN_EPOCHS / defaults.NUM_TRAIN_EPOCHS;
  const share = (config as { TRAIN_SHARE?: number }).TRAIN_SHARE ?? 1;
  const steps = (timing.totalSteps * longer * share) / larger;
  const step = timing.stepFixed + (timing.step - timing.stepFixed) * larger * textsPerRow(defaults, config);
  const seconds = steps * step + (looksOf(config, steps) + RESCORED) * timing.evaluation + timing.save;
  return paceOf(state, config) * seconds;
}

/** Mined negatives are texts that are encoded beside the two of a row. */
const textsPerRow = (defaults: TrainingConfig, config: TrainingConfig): number =>
  (2 + config.HARD_NEGATIVES) / (2 + defaults.HARD_NEGATIVES);

/**
 * What a training's own base model takes, as a multiple of the default's: both have scored the dev rows as they came. 1 where
 * that is not known.
 */
function paceOf({ untouchedModels, config }: RunState, { BASE_MODEL }: TrainingConfig): number {
  const took = untouchedModels[BASE_MODEL]?.seconds ?? 0;
  const usual = untouchedModels[config.DEFAULT_CONFIG.BASE_MODEL]?.seconds ?? 0;
  return took > 0 && usual > 0 ? took / usual : 1;
}

/** Evaluations of a training: its looks, and those for the curve only. */
function looksOf(config: TrainingConfig, steps: number): number {
  const { EVAL_LOOKS, EVAL_STRATEGY, EVAL_STEPS, NUM_TRAIN_EPOCHS } = config;
  const further = { steps: steps / EVAL_STEPS, epoch: NUM_TRAIN_EPOCHS, no: 0 }[EVAL_STRATEGY];
  return Math.max(1, Math.min(EVAL_LOOKS ?? 1, steps)) + further;
}

/** What measured trainings say of the timing: they took `factor` times what it makes of them; `trainings` of them. */
export interface Measured {
  factor: number;
  trainings: number;
}

/** Seconds of one training that nobody interrupted and nobody had trained before. */
const wasTimed = ({ result }: ScoredTrial): boolean => !result.from && result.attempts === 1 && result.trainSeconds > 0;

/** Null before the first training has ended: then the timing is all there is. */
export function measuredCost(state: RunState): Measured | null {
  const scored = state.trials.filter(isScored).filter(wasTimed);
  if (scored.length === 0) return null;
  let [took, expected] = [0, 0];
  for (const { values, seed, share, result } of scored) {
    took += result.trainSeconds;
    expected += timedSeconds(state, configFor(state, values, seed, share));
  }
  return expected > 0 ? { factor: took / expected, trainings: scored.length } : null;
}

/**
 * Seconds that a training of these values is expected to take, loading included; null while neither a mini-training nor a
 * training says anything of it.
 */
export function trainingSeconds(state: RunState, measured: Measured | null): ((values: Values) => number) | null {
  if (!state.timing && !measured) return null;
  const { startup } = state.timing ?? UNTIMED;
  const factor = measured?.factor ?? 1;
  return (values) => startup + factor * timedSeconds(state, configFor(state, values));
}

/** Seconds of scoring one model on the held-out rows, as far as the timing tells. */
export function heldOutSeconds({ timing, trainer }: RunState): number {
  const { dev, test } = trainer!.inspection.data.splits;
  if (!timing || !test) return 0;
  return timing.startup + (timing.evaluation * test.rows) / dev.rows;
}
