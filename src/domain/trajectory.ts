/** What an adviser is shown: bounded, however long the run. */
import { modelWords } from './baseModels.ts';
import { allMeasured, currentValues } from './configurations.ts';
import { evidenceOf } from './evidence.ts';
import type { Asked, Evidence } from './evidence.ts';
import { formatsOf } from './formats.ts';
import type { ParameterSpace } from './parameterSpace.ts';
import { baselineOf, incumbentOf } from './runTrials.ts';
import { describeSpace } from './searchSpace.ts';
import { isPlugin, metricOf } from './metric.ts';
import type { Metric } from './metric.ts';
import { pluginName, taskWords } from './taskWords.ts';
import type { TaskWords } from './taskWords.ts';
import { noticeableDifference } from './noise.ts';
import type { RunState } from './runState.ts';
import { said } from './said.ts';
import { unitsIn } from './trainerFacts.ts';
import type { InspectedModel } from './trainerFacts.ts';
import type { Trial, Values } from './trials.ts';
import { isScored, ofSearch } from './trials.ts';

const BEST_OTHERS = 5;
const LAST_OTHERS = 5;
const REFUSALS_SHOWN = 5;
const MODELS_SHOWN = 8;

/** One line of the trial table. Scores are null for failed trials, and `failure` says why. */
export interface TrajectoryLine {
  number: number;
  key: string | null;
  values: Values;
  score: number | null;
  delta: number | null;
  seconds: number | null;
  failure: string | null;
}

/** What is trained, in words, and the metric that numbers are shown in. */
export interface About {
  metric: Metric;
  words: TaskWords;
  /** What a training must hold to be admissible. */
  constraints: string[];
}

/** Everything that a prompt is filled from; JSON-serialisable and small (a few kB). */
export interface AdviserContext {
  run: string;
  /** What is trained and what a score is; absent of questions that a release before 0.6.0 put. */
  about?: About;
  baseModel: string;
  /** Where BASE_MODEL is tuned: what is known of each, a line of English; untouched scores are prior knowledge alone. */
  models?: string[];
  data: { source: string; trainRows: number; devRows: number };
  device: string;
  defaults: Values;
  spaces: Record<string, ParameterSpace & { allowed: string }>;
  maxKeys: number;
  roundsPerKey: number;
  key: string | null;
  round: number;
  incumbent: { values: Values; score: number } | null;
  baselineScore: number | null;
  /** Differences below this are noise. */
  noticeable: number | null;
  trials: TrajectoryLine[];
  refusals: string[];
  fixed: Record<string, string | number>;
  /** Values of the key in hand that were measured with the incumbent's other values: {value, score}. */
  measuredHere: { value: string | number; score: number | null }[];
  seed: number;
  /** Absent in runs that an earlier release began: their questions keep the size and the words they had. */
  evidence?: Evidence;
}

function line(trial: Trial): TrajectoryLine {
  return {
    number: trial.number,
    key: trial.key,
    values: trial.values,
    score: trial.result?.score ?? null,
    delta: trial.delta,
    seconds: trial.result?.trainSeconds ?? null,
    failure: trial.failure ? `${trial.failure.kind}: ${trial.failure.message.slice(0, 200)}` : null,
  };
}

/** All trials of the key in hand, then the best and the last few others, in the order they were made. */
function shownTrials(trials: readonly Trial[], key: string | null): Trial[] {
  const competing = trials.filter(ofSearch);
  const ofKey = key === null ? [] : competing.filter((trial) => trial.key === key);
  const others = competing.filter((trial) => !ofKey.includes(trial));
  const best = others
    .filter(isScored)
    .sort((a, b) => b.result.score - a.result.score)
    .slice(0, BEST_OTHERS);
  const chosen = new Set<Trial>([...ofKey, ...best, ...others.slice(-LAST_OTHERS)]);
  return competing.filter((trial) => chosen.has(trial));
}

/**
 * Gathers what the adviser is asked from.
 *
 * @param key - The key in hand; null when planning or summarising, and since 0.4.0.
 * @param asked - Since 0.4.0: what is asked, and what the search model thinks; null leaves the evidence out.
 */
export function adviserContext(state: RunState, key: string | null, asked: Asked | null = null): AdviserContext {
  const { DEFAULT_CONFIG, TUNABLE_KEYS, AGENT_SETTINGS } = state.config;
  const incumbent = incumbentOf(state);
  const splits = state.trainer!.inspection.data.splits;
  return {
    run: state.run,
    about: {
      metric: metricOf(state),
      words: taskWords(state),
      constraints: [...DEFAULT_CONFIG.CONSTRAINTS],
    },
    baseModel: isPlugin(DEFAULT_CONFIG) ? pluginName(DEFAULT_CONFIG) : DEFAULT_CONFIG.BASE_MODEL,
    ...modelsShown(state),
    data: { source: state.trainer!.inspection.data.source, trainRows: splits.train.rows, devRows: unitsIn(splits.dev) },
    device: `${state.trainer!.device.type} (${state.trainer!.device.name})`,
    defaults: Object.fromEntries(
      Object.keys(TUNABLE_KEYS).map((name) => [
        name,
        DEFAULT_CONFIG[name as keyof typeof DEFAULT_CONFIG] as string | number,
      ]),
    ),
    spaces: Object.fromEntries(
      Object.entries(TUNABLE_KEYS).map(([name, space]) => [name, { ...space, allowed: describeSpace(space) }]),
    ),
    maxKeys: AGENT_SETTINGS.MAX_PRIORITY_PARAMS,
    roundsPerKey: AGENT_SETTINGS.ROUNDS_PER_PARAM,
    key,
    round: state.round,
    incumbent: incumbent && { values: incumbent.values, score: incumbent.result.score },
    baselineScore: baselineOf(state)?.result.score ?? null,
    noticeable: incumbent && noticeableDifference(incumbent.result.score, unitsIn(splits.dev), metricOf(state)),
    trials: shownTrials(state.trials, key).map(line),
    // A reply that held no proposal is not quoted: its prose would steer every later question.
    refusals: state.refusals
      .filter(({ proposal }) => proposal !== '')
      .slice(-REFUSALS_SHOWN)
      .map((refusal) => `${refusal.proposal}: ${refusal.why}`),
    fixed: Object.fromEntries(state.fixed.map((fixed) => [fixed.key, fixed.value])),
    measuredHere: key === null ? [] : measuredValues(state, key),
    seed: DEFAULT_CONFIG.SEED,
    ...(asked ? { evidence: evidenceOf(state, asked) } : {}),
  };
}

function modelsShown(state: RunState): { models?: string[] } {
  const { trainer, untouchedModels } = state;
  const models = trainer!.inspection.models;
  if (!models) return {};
  const { formatScore } = formatsOf(state);
  const of = (model: InspectedModel) =>
    said`${modelWords(model)}; untouched ${formatScore(untouchedModels[model.name]?.score)}`;
  return { models: models.slice(0, MODELS_SHOWN).map(of) };
}

/** Values of one key that were measured while everything else was as it is in the incumbent. */
function measuredValues(state: RunState, key: string): { value: string | number; score: number | null }[] {
  const here = currentValues(state);
  const measuredWith = allMeasured(state);
  const seen = new Map<string | number, number | null>();
  for (const trial of state.trials) {
    const value = trial.values[key];
    if (value === undefined || measuredWith({ ...here, [key]: value }) !== trial) continue;
    seen.set(value, trial.result?.score ?? null);
  }
  return [...seen].map(([value, score]) => ({ value, score }));
}
