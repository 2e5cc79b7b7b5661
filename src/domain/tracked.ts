/** What trackers (MLflow, Weights & Biases, Trackio) are told of a run: small facts; courses they get from the trials' folders. */
import type { AgentSettings } from './agentSettings.ts';
import { isPlugin, metricOf, shownScore } from './metric.ts';
import type { Metric } from './metric.ts';
import type { RunState } from './runState.ts';
import { baselineOf, incumbentOf } from './runTrials.ts';
import { shownConfirmation } from './shownScores.ts';
import { trialTitle, trialVerdict } from './trialWords.ts';
import type { Trial, Values } from './trials.ts';
import { verdictOf } from './verdict.ts';

export const TRACKERS = ['mlflow', 'wandb', 'trackio'] as const;
export type Tracker = (typeof TRACKERS)[number];

/** The setting that names a tracker's place, and its name for people. */
export const TRACKER_SETTINGS = {
  mlflow: { setting: 'MLFLOW_TRACKING_URI', name: 'MLflow' },
  wandb: { setting: 'WANDB_PROJECT', name: 'Weights & Biases' },
  trackio: { setting: 'TRACKIO_PROJECT', name: 'Trackio' },
} as const satisfies Record<Tracker, { setting: keyof AgentSettings; name: string }>;

/** A finished trial; scores are as the metric counts them. */
export interface TrackedTrial {
  id: string;
  number: number;
  title: string;
  values: Values;
  tags: Record<string, string>;
  /** Null: it failed. */
  score: number | null;
  metrics: Record<string, number | null>;
  seconds: number;
  looks: { step: number; score: number }[];
}

export interface TrackedRun {
  run: string;
  /** Unix milliseconds. */
  startedAt: number;
  /** Whether this is the last that is told of it; `trials` are then all that its state has. */
  ended: boolean;
  settings: Record<string, string | number>;
  tags: Record<string, string>;
  scores: Record<string, number>;
  /** Of an own training; null: the task's, whose scores are its own. */
  metric: Metric | null;
  trials: TrackedTrial[];
}

/** Where a run is told of: MLFLOW_TRACKING_URI and the like, by tracker; empty for most runs. */
export function trackersOf({ config }: Pick<RunState, 'config'>): Partial<Record<Tracker, string>> {
  const places = TRACKERS.map((tracker) => [tracker, config.AGENT_SETTINGS[TRACKER_SETTINGS[tracker].setting]]);
  return Object.fromEntries(places.filter(([, place]) => place !== null)) as Partial<Record<Tracker, string>>;
}

/** @param after - Number of the last trial that the trackers have; those behind it are told. */
export function trackedRun(state: RunState, { ended, after }: { ended: boolean; after: number }): TrackedRun {
  const { run, startedAt, config, status, adviser, archived } = state;
  const { BASE_MODEL, DATASET_NAME, TASK, TRAINER } = config.DEFAULT_CONFIG;
  const { SEARCH, STOP_WHEN } = config.AGENT_SETTINGS;
  const own = isPlugin(config.DEFAULT_CONFIG);
  const verdict = ended ? verdictOf(state) : null;
  return {
    run,
    startedAt,
    ended,
    settings: {
      ...(own ? { TRAINER: TRAINER ?? 'command' } : { BASE_MODEL, DATASET_NAME, TASK }),
      SEARCH,
      STOP_WHEN,
      TUNED: Object.keys(config.TUNABLE_KEYS).join(', '),
      ...(adviser ? { ADVISER: adviser.model } : {}),
    },
    tags: {
      status,
      metric: metricOf(state).name,
      ...(verdict ? { verdict: verdict.verdict ?? 'not confirmed', summary: verdict.line.en } : {}),
      ...(ended ? { trials: String(archived.trials + state.trials.length) } : {}),
    },
    scores: scoresOf(state),
    metric: own ? metricOf(state) : null,
    trials: state.trials.filter(({ number }) => ended || number > after).map((trial) => trackedTrial(state, trial)),
  };
}

/** Numbers that people compare runs by; those that there are not are left out. */
function scoresOf(state: RunState): Record<string, number> {
  const metric = metricOf(state);
  const confirmation = state.confirmation && shownConfirmation(metric, state.confirmation);
  const dev = { best: incumbentOf(state), default: baselineOf(state) };
  const scores: [string, number | null | undefined][] = [
    ...Object.entries(dev).map(([name, trial]) => [name, trial && shownScore(metric, trial.result.score)] as const),
    ['heldout/best', confirmation?.best],
    ['heldout/default', confirmation?.baseline],
    ['heldout/untouched', confirmation?.untouched],
    ['heldout/difference', confirmation?.difference?.mean],
    ['trainings/seconds', state.usage.trainSeconds],
  ].map(([name, value]) => [name as string, value as number | null | undefined]);
  return Object.fromEntries(scores.filter((entry): entry is [string, number] => typeof entry[1] === 'number'));
}

export function trackedTrial(of: Pick<RunState, 'config' | 'trainer'>, trial: Trial): TrackedTrial {
  const metric = metricOf(of);
  const { id, number, purpose, key, round, seed, values, proposedBy, reason, result, failure, share } = trial;
  return {
    id,
    number,
    title: trialTitle(trial),
    values,
    tags: {
      purpose,
      decision: trialVerdict(trial),
      seed: String(seed),
      proposed_by: proposedBy,
      ...(key === null ? {} : { key }),
      ...(round === null ? {} : { round: String(round) }),
      ...(share === undefined ? {} : { share: String(share) }),
      ...(reason ? { reason: reason.en } : {}),
      ...(failure ? { failure: failure.message } : {}),
      ...(result?.from ? { taken_from: result.from } : {}),
    },
    score: result && shownScore(metric, result.score),
    metrics: result?.metrics ?? {},
    seconds: result?.trainSeconds ?? 0,
    looks: (result?.looks ?? []).map(({ step, score }) => ({ step, score: shownScore(metric, score) })),
  };
}
