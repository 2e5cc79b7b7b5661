/**
 * When a training is hopeless: judged against finished trainings at the same share of their steps, with room for the most
 * that any of them still gained from there, and for noise.
 */
import { formatsOf } from './formats.ts';
import type { ScoreFormats } from './formats.ts';
import { isPlugin } from './metric.ts';
import type { ParameterValue } from './parameterSpace.ts';
import type { RunState } from './runState.ts';
import { incumbentOf } from './runTrials.ts';
import { said } from './said.ts';
import type { TuningConfig } from './settings.ts';
import type { Values } from './trials.ts';
import { isScored, ofSearch } from './trials.ts';

/** What makes a curve hopeless, made from comparable trials before the training begins, so that it is the same on every attempt. */
export interface PruneRule {
  /** A score below `below` at look number `look` (1 to EVAL_LOOKS, the last left out) ends the training. */
  looks: { look: number; below: number }[];
  /** What the limits were made from, in a sentence. */
  evidence: string;
}

/**
 * The trainer's sentence about a training that was ended, with the metric as it counts: the trainer compares scores, of
 * which the higher one wins.
 */
export function prunedMessage(
  message: string,
  facts: Record<string, unknown>,
  { metric, formatScore }: ScoreFormats,
): string {
  const { score, below, look, step, total_steps: steps } = facts as Record<string, number | undefined>;
  if (metric.scale !== 'free' || score === undefined || below === undefined) return message;
  const worse = metric.direction === 'minimize' ? said`above` : said`below`;
  return said`ended at look ${look}, after step ${step} of ${steps}: its ${metric.name} ${formatScore(score)} is ${worse} ${formatScore(below)}`;
}

/** Finished trainings like it that are needed before one may be ended early. */
const COMPARABLE_AT_LEAST = 3;
/** Looks before this share of the steps decide nothing: schedules that warm up or hold their rate start slowly. */
const FROM_SHARE = 0.5;
/** Standard deviations of noise that are given on top. */
const MARGIN = 3;
/**
 * How far a training that one is judged by may be away, as a factor, in the keys that shape a curve most. A higher rate, or
 * more epochs, often scores far below the default for half of its steps and ends far above it: on this trainer's own table
 * a rule without this bound ended winners; with it, 9 % of trainings are ended, and 0.4 % of all wrongly (docs/benchmarks.md).
 */
const ALIKE: Record<string, number> = { LEARNING_RATE: 2, NUM_TRAIN_EPOCHS: 1.5 };

/** Values of which the larger one is at most `factor` times the smaller one; what has no ratio must be equal. */
const near = (one: ParameterValue | undefined, other: ParameterValue | undefined, factor: number): boolean => {
  if (one === other) return true;
  const [a, b] = [Number(one), Number(other)];
  return Math.min(a, b) > 0 && Math.max(a, b) <= factor * Math.min(a, b) * (1 + 1e-9);
};

/** Whether curves of both configurations have the same shape, as far as one knows beforehand. */
function alike({ DEFAULT_CONFIG, TUNABLE_KEYS }: TuningConfig, one: Values, other: Values): boolean {
  // Nobody here knows which keys shape the curve of an own training: any may.
  if (isPlugin(DEFAULT_CONFIG))
    return Object.entries(TUNABLE_KEYS).every(([key, { type }]) =>
      near(one[key], other[key], type === 'categorical' ? 1 : (ALIKE[key] ?? ALIKE['LEARNING_RATE']!)),
    );
  return (
    // Another base model begins elsewhere and learns at another pace.
    one['BASE_MODEL'] === other['BASE_MODEL'] &&
    Object.entries(ALIKE).every(([key, factor]) => near(one[key] ?? 1, other[key] ?? 1, factor))
  );
}

/**
 * The limits for the next training of the search; null when nothing may be ended early.
 *
 * @param values - Tunable values that it will be trained with.
 */
export function pruneRule(state: RunState, values: Values): PruneRule | null {
  const { PRUNING } = state.config.AGENT_SETTINGS;
  const looks = state.config.DEFAULT_CONFIG.EVAL_LOOKS;
  const incumbent = incumbentOf(state);
  if (!PRUNING || looks === null || !incumbent) return null;
  const comparable = state.trials
    .filter(isScored)
    .filter((trial) => ofSearch(trial) && alike(state.config, trial.values, values))
    .flatMap(({ result }) => (result.looks?.length === looks ? [result] : []));
  if (comparable.length < COMPARABLE_AT_LEAST) return null;
  const margin = MARGIN * (state.noise?.atBase ?? 0);
  const { formatScore, formatSpread } = formatsOf(state);
  const like = isPlugin(state.config.DEFAULT_CONFIG)
    ? said`similar values of all tuned keys`
    : said`a similar learning rate and as many epochs`;
  const limits = [];
  for (let look = Math.ceil(FROM_SHARE * looks); look < looks; look += 1) {
    const laterGain = Math.max(...comparable.map(({ score, looks: seen }) => score - seen![look - 1]!.score));
    limits.push({ look, below: incumbent.result.score - laterGain - margin });
  }
  return {
    looks: limits,
    evidence: said`best so far ${formatScore(incumbent.result.score)}; the most that one of ${comparable.length} finished trainings with ${like} still gained after that look, and ${MARGIN} standard deviations of noise (${formatSpread(state.noise?.atBase ?? 0)}), are left to it`,
  };
}
