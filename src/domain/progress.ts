/** What a client shows of a run: a view of its state. */
import type { Advised, LanguageModelShare } from './advised.ts';
import { advisedRounds, languageModelShare } from './advised.ts';
import type { AdviserFacts } from './adviserFacts.ts';
import type { AgentSettings } from './agentSettings.ts';
import type { AnytimeAnswer } from './anytimeAnswer.ts';
import { anytimeAnswer } from './anytimeAnswer.ts';
import type { Confirmation, Published } from './confirmation.ts';
import type { Gate } from './inbox.ts';
import type { Metric } from './metric.ts';
import { rivalName, untouchedScore } from './baseModels.ts';
import { metricOf } from './metric.ts';
import { whatIsLeft } from './estimate.ts';
import type { Estimate } from './estimated.ts';
import { poolOf } from './pool.ts';
import type { Coverage } from './predictions.ts';
import { coverageOf, together } from './predictions.ts';
import type { FixedParameter, Phase, RunState, RunStatus } from './runState.ts';
import { baselineOf, incumbentOf } from './runTrials.ts';
import { slotsOf } from './slots.ts';
import type { Noise, Outlook } from './study.ts';
import type { Trial, TrialInHand, Values } from './trials.ts';
import type { Usage } from './usage.ts';
import type { RunVerdict } from './verdict.ts';
import { verdictOf } from './verdict.ts';
import { visibleText } from './visible.ts';

/** How the run searches, and how much of its pool of trainings is used. */
export interface SearchFacts {
  mode: AgentSettings['SEARCH'];
  stopWhen: AgentSettings['STOP_WHEN'];
  spent: number;
  pool: number;
  /** Trainings at once. */
  slots: number;
}

/** What the adviser is asked with; the key is never among it. */
export interface AdviserSettingsShown {
  ADVISER: AgentSettings['ADVISER'];
  model: string;
  /** Null: the workers' own. */
  server: string | null;
  /** Where the key came from: `environment`, `.env`, `none`, or `workers`. */
  keyFrom: string;
}

export interface RunProgress {
  run: string;
  /** What the scores count; absent of runs before 0.6.0. */
  metric?: Metric;
  phase: Phase;
  status: RunStatus;
  adviser: AdviserFacts | null;
  /** Rows that are used; null before they are known, and where an own training does not tell. */
  data: { source: string; train: number; dev: number; test: number | null } | null;
  adviserSettings: AdviserSettingsShown;
  key: string | null;
  round: number;
  roundsPerKey: number;
  queue: string[];
  fixed: FixedParameter[];
  gate: Gate | null;
  paused: boolean;
  interactive: boolean;
  baseline: { trial: string; score: number } | null;
  best: { trial: string; score: number; values: Values } | null;
  lastTrial: Trial | null;
  /** Trainings that have not ended yet; absent before 0.7.0. */
  inHand?: TrialInHand[];
  /** `failed` without those that were ended early (`pruned`); `reused`: results of earlier runs, part of `trained`. */
  trials: { asked: number; trained: number; failed: number; pruned: number; reused: number; cached: number };
  search: SearchFacts;
  /** Dev score of the untouched model that winner and default must beat. */
  untouched: number | null;
  /** Its name where the run has several; absent before 0.6.0. */
  untouchedModel?: string | null;
  noise: Noise | null;
  outlook: Outlook | null;
  /** What could still be gained, and by what. */
  anytime: AnytimeAnswer;
  /** Scores inside the intervals that were predicted for them. */
  predictions: { byModel: Coverage; byAdviser: Coverage };
  /** What the run was expected to take at first, and what is left of it; null while nothing tells, as before 0.6.0. */
  estimate: { first: Estimate; left: Estimate | null; tookSeconds: number | null } | null;
  /** Whether the data can tell configurations apart; null where that is not known. */
  visible: ReturnType<typeof visibleText>;
  usage: Usage;
  advised: Advised;
  /** Null: no language model advises. */
  languageModel: LanguageModelShare | null;
  confirmation: Confirmation | null;
  verdict: RunVerdict | null;
  published: Published | null;
  notes: string[];
  endedEarly: string | null;
  failureKind: string | null;
  bestModel: string | null;
  report: string | null;
}

export function progressOf(state: RunState): RunProgress {
  const baseline = baselineOf(state);
  const best = incumbentOf(state);
  const { archived } = state;
  const failures = state.trials.filter((trial) => trial.failure);
  const pruned = failures.filter((trial) => trial.failure?.kind === 'pruned').length;
  const asked = archived.trials + state.trials.length;
  const failed = archived.failed + failures.length - pruned;
  return {
    run: state.run,
    metric: metricOf(state),
    phase: state.phase,
    status: state.status,
    adviser: state.adviser,
    data: rowsUsed(state),
    adviserSettings: adviserSettingsOf(state),
    key: state.phase === 'tuning' ? (state.queue[0] ?? null) : null,
    round: state.round,
    roundsPerKey: state.config.AGENT_SETTINGS.ROUNDS_PER_PARAM,
    queue: state.queue,
    fixed: state.fixed,
    gate: state.inbox.gate,
    paused: state.inbox.paused,
    interactive: state.inbox.interactive,
    baseline: baseline && { trial: baseline.id, score: baseline.result.score },
    best: best && { trial: best.id, score: best.result.score, values: best.values },
    lastTrial: state.trials.at(-1) ?? null,
    inHand: state.inHand,
    trials: {
      asked: asked + state.cached,
      trained: asked - failed - pruned - archived.pruned,
      failed,
      pruned: pruned + archived.pruned,
      reused: archived.reused + state.trials.filter((trial) => trial.result?.from).length,
      cached: state.cached,
    },
    search: searchFacts(state),
    untouched: untouchedScore(state),
    untouchedModel: rivalName(state),
    noise: state.noise,
    outlook: state.outlook,
    anytime: anytimeAnswer(state),
    predictions: {
      byModel: together(archived.predictions.byModel, coverageOf(state.trials, 'byModel')),
      byAdviser: together(archived.predictions.byAdviser, coverageOf(state.trials, 'byAdviser')),
    },
    estimate: estimateFacts(state),
    visible: visibleText(state),
    usage: state.usage,
    advised: advisedRounds(state),
    languageModel: languageModelShare(state),
    confirmation: state.confirmation,
    verdict: verdictOf(state),
    published: state.published,
    notes: state.notes,
    endedEarly: state.endedEarly,
    failureKind: state.failureKind,
    bestModel: state.bestModel,
    report: state.report,
  };
}

function estimateFacts(state: RunState): RunProgress['estimate'] {
  const { firstEstimate: first, tookSeconds, phase } = state;
  return first && { first, left: phase === 'ended' ? null : whatIsLeft(state), tookSeconds };
}

function rowsUsed({ trainer }: RunState): RunProgress['data'] {
  if (!trainer) return null;
  const { source, splits } = trainer.inspection.data;
  const { train, dev, test } = splits;
  return train.rows === 0 ? null : { source, train: train.rows, dev: dev.rows, test: test?.rows ?? null };
}

function adviserSettingsOf({ config: { AGENT_SETTINGS: settings }, adviserAccess }: RunState): AdviserSettingsShown {
  return {
    ADVISER: settings.ADVISER,
    model: settings.GPT_MODEL,
    server: settings.GPT_BASE_URL,
    keyFrom: adviserAccess?.origin ?? 'workers',
  };
}

function searchFacts(state: RunState): SearchFacts {
  const { SEARCH: mode, STOP_WHEN: stopWhen } = state.config.AGENT_SETTINGS;
  return { mode, stopWhen, spent: state.spent, pool: poolOf(state.config), slots: slotsOf(state) };
}
