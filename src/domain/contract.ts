/**
 * What the workflow asks of its activities: types only, so that the workflow's bundle stays free of their code.
 *
 * Every activity may run more than once for one request; each file says what it promises then.
 */
import type { AdviserAccess, AdviserFacts } from './adviserFacts.ts';
import type { AgentSettings } from './agentSettings.ts';
import type { Away } from './archive.ts';
import type { Verdict } from './confirmation.ts';
import type { Timing } from './estimated.ts';
import type { Notice } from './notices.ts';
import type { ParameterValue } from './parameterSpace.ts';
import type { RunKind } from './runKind.ts';
import type { Rival } from './keptModels.ts';
import type { Hint, SeedScore, Study, StudyRequest } from './study.ts';
import type { PlanReply, SuggestionReply, SummaryReply } from './suggestions.ts';
import type { TrainerFacts } from './trainerFacts.ts';
import type { TrainingConfig } from './trainingConfig.ts';
import type { AdviserContext } from './trajectory.ts';
import type { PruneRule } from './pruning.ts';
import type { ProposalReply } from './proposals.ts';
import type { RunState } from './runState.ts';
import type { TrackedRun, Tracker } from './tracked.ts';
import type { TrialResult } from './trials.ts';
import type { Allowance, CallUsage } from './usage.ts';

/** Settings that an adviser needs; the key is never among them. */
export type AdviserSettings = Pick<
  AgentSettings,
  | 'ADVISER'
  | 'GPT_MODEL'
  | 'GPT_BASE_URL'
  | 'GPT_TEMPERATURE'
  | 'GPT_REASONING_EFFORT'
  | 'GPT_MAX_OUTPUT_TOKENS'
  | 'GPT_TIMEOUT'
  | 'GPT_PRICE_INPUT'
  | 'GPT_PRICE_OUTPUT'
>;

/** What every question to an adviser carries. */
export interface Call {
  run: string;
  outputRoot: string;
  /** STORE. Since 0.5.0. */
  store?: string | null;
  /**
   * Names the call within its run, for ever: a second request with it is answered from the journal and costs nothing.
   */
  callId: string;
  settings: AdviserSettings;
  /** Where the key lies; null = in the worker's own environment. */
  access: AdviserAccess | null;
  /** What the question may use, all its attempts together. */
  budget: Allowance;
}

/** One question to the adviser. */
export interface Consultation extends Call {
  /** The adviser to ask; `local` also serves as the fall-back of the other. */
  adviser: AdviserFacts['kind'];
  context: AdviserContext;
  /** The one repair turn: what was answered, and what was wrong with it. */
  repair: { reply: string; problem: string } | null;
}

/** An answer. Exactly one of `value` and `problem` is set: a reply that breaks the schema was still paid for. */
export interface Advice<Reply> {
  value: Reply | null;
  problem: string | null;
  /** The reply as it came, cut to 2,000 characters. */
  raw: string;
  model: string;
  /** The reply was cut at its longest allowed length: asking for a repair under the same length is useless. */
  cut?: boolean;
  usage: CallUsage;
}

/** Who advises, and what it cost to make sure that it can. */
export interface ProbedAdviser extends AdviserFacts {
  usage?: CallUsage;
}

export interface TrainRequest {
  run: string;
  trial: string;
  number: number;
  config: TrainingConfig;
  /** Seconds it may train, all attempts together; null = no limit. */
  maxSeconds: number | null;
  hangSeconds: number;
  /** Times that a killed or hung training is resumed. */
  retries: number;
  /** Trials that have lost: their models are removed before this training begins. */
  losers?: string[];
  /** The incumbent that the score is held against: whichever loses, its model is removed at once. */
  rival?: Rival | null;
  /** A result whose model is gone is not enough: the trial is trained again. */
  modelNeeded?: boolean;
  /** Threads of the training; absent: all that the trainer has. */
  threads?: number;
  /** When it is to end early; null or absent: never. */
  prune?: PruneRule | null;
  /** What the run was begun with; a worker that differs refuses. Since 0.5.0, as in the other requests. */
  kind?: RunKind;
  /** Whether an earlier run's identical training may answer it. */
  reuse?: boolean;
}

/** Whose models are scored on held-out rows. `seed` and `trial` are null for the untouched model. */
export interface ConfirmRequest {
  /** Cosines that were taken where the models lie, by trial: these models are not needed here. Since 0.5.0. */
  cosines?: Record<string, string>;
  kind?: RunKind;
  run: string;
  config: TrainingConfig;
  hangSeconds: number;
  threads?: number;
  models: { arm: 'untouched' | 'baseline' | 'best'; seed: number | null; trial: string | null }[];
  /** Standard deviation between seeds as it was measured on dev rows, and the repeats behind it (0: a guess). */
  devNoise: { sd: number; repeats: number } | null;
}

/** Held-out scores of each model, in the order of the request, and what they say (trainer's `confirm.py`). */
export interface ConfirmedScores {
  split: string;
  pairs: number;
  scores: number[];
  /** Winner minus default, and winner minus untouched model; null where an arm is absent. */
  difference: { mean: number; low: number; high: number } | null;
  overUntouched: { mean: number; low: number; high: number } | null;
  verdict: Verdict;
  seedSd: { baseline: number; best: number; measured: boolean };
  seconds: number;
}

export interface ProbeRequest {
  kind?: RunKind;
  /** `checkedAtStart` of the run's search space; absent before 0.6.0. */
  tunable?: Record<string, ParameterValue[]>;
  run: string;
  config: TrainingConfig;
  hangSeconds: number;
}

/** A mini-training of the default configuration, as one of the run's trainings would be. Since 0.6.0. */
export interface TimeRequest extends ProbeRequest {
  /** Seconds that it may take; null = no limit. */
  maxSeconds: number | null;
  threads: number;
}

export interface HeldOutRequest {
  run: string;
  config: TrainingConfig;
  hangSeconds: number;
  /** Trials whose kept models are scored, the default first. One or two. */
  models: { name: string; trial: string }[];
}

export interface HeldOutScores {
  split: string;
  pairs: number;
  scores: Record<string, number>;
  difference: { mean: number; low: number; high: number } | null;
  seconds: number;
}

/** Held-out cosines of finished trials, taken where their models lie. */
export interface CosinesRequest {
  kind?: RunKind;
  run: string;
  config: TrainingConfig;
  hangSeconds: number;
  threads?: number;
  trial: string;
}
/** `cosines`: one number for each held-out pair, 64-bit little-endian floats, in base64. */
export interface HeldOutCosines {
  cosines: string;
  seconds: number;
}

export interface PublishRequest {
  state: RunState;
}

export interface RecordRequest {
  state: RunState;
  workflowId: string;
  /** What goes into the run's archive, since the workflow forgets it then; `keepRecord` alone. Since 0.5.0. */
  away?: Away;
}

/** `webhook`: an address, or `env:NAME` of the worker's variable that holds it. */
export interface NotifyRequest {
  webhook: string;
  notice: Notice;
}

export interface TrainingActivities {
  probeTrainer(request: ProbeRequest): Promise<TrainerFacts>;
  trainTrial(request: TrainRequest): Promise<TrialResult>;
  /** The dev score of the model as it comes. */
  scoreUntouched(request: ProbeRequest): Promise<{ score: number; seconds: number }>;
  /** What a training takes; `seconds`: what finding out took. */
  timeTraining(request: TimeRequest): Promise<{ timing: Timing; seconds: number }>;
  /** Before 0.4.0; `confirmHeldOut` since. */
  evaluateHeldOut(request: HeldOutRequest): Promise<HeldOutScores>;
  confirmHeldOut(request: ConfirmRequest): Promise<ConfirmedScores>;
  heldOutCosines(request: CosinesRequest): Promise<HeldOutCosines>;
  /** Removes what a run that is over needs no more at a place where its model was not published. */
  tidyPlace(request: PublishRequest): Promise<void>;
  publishModel(request: PublishRequest): Promise<{ path: string }>;
  salvageRun(request: PublishRequest): Promise<{ path: string | null }>;
}

/** What earlier runs say: good settings on similar data, and scores of identical trainings with whatever seeds. */
export interface EarlierEvidence {
  hints: Hint[];
  seeds: SeedScore[];
}

export interface TrackRequest {
  told: TrackedRun;
  trackers: Partial<Record<Tracker, string>>;
  place: { outputRoot: string; store: string | null };
  /** Of a run with an archive, at its end: what its trials are shown with; null: all are in `told`. */
  archived: Pick<RunState, 'config' | 'trainer'> | null;
  /** Path of the report's Markdown; null: there is none. */
  report: string | null;
}

/** What went wrong, by tracker, in a sentence; empty: all of them have all of it. */
export interface TrackAnswer {
  failed: Partial<Record<Tracker, string>>;
}

export interface AdviserActivities {
  probeAdviser(request: Call): Promise<ProbedAdviser>;
  advisePlan(request: Consultation): Promise<Advice<PlanReply>>;
  adviseValue(request: Consultation): Promise<Advice<SuggestionReply>>;
  /** Which training next, of those that the search model judged; since 0.4.0. */
  adviseNext(request: Consultation): Promise<Advice<ProposalReply>>;
  /** The search model's view of everything measured. */
  studySearch(request: { run: string; study: StudyRequest }): Promise<Study>;
  earlierEvidence(request: { state: RunState }): Promise<EarlierEvidence>;
  adviseSummary(request: Consultation): Promise<Advice<SummaryReply>>;
  writeReport(request: RecordRequest): Promise<{ path: string }>;
  /** Since 0.7.0. */
  notify(request: NotifyRequest): Promise<void>;
  keepRecord(request: RecordRequest): Promise<void>;
  /** Never fails for a tracker's sake: what went wrong is its answer. Since 0.7.0. */
  trackTrials(request: TrackRequest): Promise<TrackAnswer>;
}

/** What executions of a schedule ask; since 0.7.0. */
export interface ScheduleActivities {
  /** Whether a run goes on; not one that the server does not know. */
  isInProgress(request: { workflowId: string }): Promise<boolean>;
  /** A copy of a schedule's key, for a run that is about to begin. */
  giveRunKey(request: { access: AdviserAccess; workflowId: string }): Promise<AdviserAccess>;
}
