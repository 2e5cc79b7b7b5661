/** What the trainings of a search cost beside the default. Constants: see `estimate.ts`. */
import { currentValues } from './configurations.ts';
import type { ParameterSpace, ParameterValue } from './parameterSpace.ts';
import type { RunState } from './runState.ts';
import { baselineOf } from './runTrials.ts';
import { isShort, moreThan } from './shortTraining.ts';
import { plannedKeys, tuningIsOver } from './trainingsAhead.ts';
import type { Values } from './trials.ts';

/** Keys by which a training takes longer in a way that is known. */
const COST_KEYS: ReadonlySet<string> = new Set([
  'NUM_TRAIN_EPOCHS',
  'TRAIN_BATCH_SIZE',
  'GRAD_ACC_STEPS',
  'HARD_NEGATIVES',
]);
/** Keys that change hardly anything about what a training takes. */
const FREE_KEYS: ReadonlySet<string> = new Set([
  'LEARNING_RATE',
  'WARMUP_RATIO',
  'WEIGHT_DECAY',
  'LR_SCHEDULER',
  'LOSS',
  'LOSS_SCALE',
  'OPTIMIZER',
  'POOLING',
  'LORA_ALPHA',
  'LORA_DROPOUT',
]);

/** How far the best configuration moves towards the most epochs that may be tried, where the default is short, and else. */
const WINNER_LONGER = { short: 0.75, usual: 0.3 };
/** Relative half-widths of what challengers cost, and where keys are tuned whose cost nobody knows. */
const MIX_ERROR = 0.25;
const UNKNOWN_KEYS_ERROR = 0.6;

/** Where the search stands, or will stand after the plan's base configuration; and where it is likely to end. */
export function stations(state: RunState, seconds: (values: Values) => number): { base: Values; winner: Values } {
  const { TUNABLE_KEYS: spaces } = state.config;
  const short = isShort(state.timing?.totalSteps ?? baselineOf(state)?.result.steps ?? null);
  const now = currentValues(state);
  const base = short && BEFORE_PLAN.has(state.phase) ? { ...now, ...moreThan(now, spaces) } : now;
  const epochs = spaces['NUM_TRAIN_EPOCHS'];
  if (!epochs || tuningIsOver(state) || state.phase === 'confirming') return { base, winner: base };
  const most = { ...base, NUM_TRAIN_EPOCHS: Math.max(...valuesOf(epochs).map(Number)) };
  const towards = WINNER_LONGER[short ? 'short' : 'usual'];
  const wanted = seconds(base) ** (1 - towards) * seconds(most) ** towards;
  // The number of epochs that takes as long as that.
  const [from, to] = [Number(base['NUM_TRAIN_EPOCHS']), most.NUM_TRAIN_EPOCHS];
  const share = to > from ? (wanted - seconds(base)) / (seconds(most) - seconds(base)) : 0;
  return { base, winner: { ...base, NUM_TRAIN_EPOCHS: from + share * Math.max(0, to - from) } };
}

const BEFORE_PLAN: ReadonlySet<RunState['phase']> = new Set(['preparing', 'baseline', 'planning']);

/** What trainings that change one of the planned keys cost beside the base, on average over keys and their values. */
export function explored(state: RunState, base: Values, seconds: (values: Values) => number): number {
  const keys = plannedKeys(state);
  const at = seconds(base);
  const ratios = keys.map((key) => {
    if (!COST_KEYS.has(key)) return 1;
    const others = valuesOf(state.config.TUNABLE_KEYS[key]!).filter((value) => value !== base[key]);
    if (others.length === 0) return 1;
    return others.reduce<number>((total, value) => total + seconds({ ...base, [key]: value }), 0) / others.length / at;
  });
  return ratios.length === 0 ? 1 : ratios.reduce((total, ratio) => total + ratio, 0) / ratios.length;
}

const STEPS_OF_RANGE = 4;
/** Values of a space: its choices, or some spread over its range. */
function valuesOf({ choices, min, max, type, scale }: ParameterSpace): ParameterValue[] {
  if (choices) return choices;
  const at = (share: number) => (scale === 'log' ? min! * (max! / min!) ** share : min! + share * (max! - min!));
  const values = Array.from({ length: STEPS_OF_RANGE + 1 }, (_, step) => at(step / STEPS_OF_RANGE));
  return type === 'int' ? [...new Set(values.map(Math.round))] : values;
}

export function mixError({ config }: RunState): number {
  const unknown = Object.keys(config.TUNABLE_KEYS).some((key) => !COST_KEYS.has(key) && !FREE_KEYS.has(key));
  return unknown ? UNKNOWN_KEYS_ERROR : MIX_ERROR;
}
