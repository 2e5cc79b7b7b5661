/**
 * The state of a run: small enough to be carried through continue-as-new. Rules read it (`runTrials.ts`,
 * `configurations.ts`, `pool.ts`), and the story of the run changes it.
 *
 * Invariants (property-tested): no configuration is trained twice with the same seed; a challenger replaces the incumbent
 * only when it is ahead on their common seeds; protected keys never change; trainings stay within what pool, seeds and
 * remedies allow.
 */
import type { AdviserAccess, AdviserFacts, AdviserHealth } from './adviserFacts.ts';
import { HEALTHY } from './adviserFacts.ts';
import type { Archived } from './archived.ts';
import { NOTHING_ARCHIVED } from './archived.ts';
import type { Confirmation, Published } from './confirmation.ts';
import type { Estimate, Timing } from './estimated.ts';
import type { Inbox, Override } from './inbox.ts';
import { emptyInbox } from './inbox.ts';
import type { ParameterSpace } from './parameterSpace.ts';
import { apart } from './rhythms.ts';
import { withAddedSettings } from './settings.ts';
import type { TuningConfig } from './settings.ts';
import type { Hint, Noise, Outlook, SeedScore } from './study.ts';
import type { TrainerFacts } from './trainerFacts.ts';
import type { ProposedBy, Reason, Trial, TrialInHand, Values } from './trials.ts';
import type { Usage } from './usage.ts';
import { NO_USAGE } from './usage.ts';

export const PHASES = [
  'preparing',
  'baseline',
  'planning',
  'tuning',
  'confirming',
  'publishing',
  'summarising',
  'reporting',
  'ended',
] as const;
export type Phase = (typeof PHASES)[number];
export type RunStatus = 'running' | 'completed' | 'stopped' | 'cancelled' | 'failed';

export interface Plan {
  baseConfig: Values;
  priorityKeys: string[];
  reason: Reason;
  proposedBy: ProposedBy;
}

/** A suggestion that was not trained, and why. */
export interface Refusal {
  step: string;
  key: string | null;
  proposal: string;
  why: string;
}

export interface DecisionRecord {
  at: number;
  gate: string | null;
  decision: string;
  by: string;
  outcome: string;
}

export interface FixedParameter {
  key: string;
  value: string | number;
  trial: string;
  rounds: number;
  why: string;
  /** The same at length, in both languages, where the search model left it; absent before 0.4.0. */
  reason?: Reason | null;
}

export interface RunState {
  run: string;
  /** Its TUNABLE_KEYS are those that are searched; the others that were listed are `rhythms`. */
  config: TuningConfig;
  /** Listed keys that cannot change a score (`rhythms.ts`). */
  rhythms: Record<string, ParameterSpace>;
  startedAt: number;
  phase: Phase;
  status: RunStatus;
  /** Why the run ended before its last parameter, in a sentence; null when it did not. */
  endedEarly: string | null;
  /** Type of the failure that ended a failed run: a failure kind, or the adviser's. */
  failureKind: string | null;
  trainer: TrainerFacts | null;
  adviser: AdviserFacts | null;
  plan: Plan | null;
  /** Of a long run those that its rules need; `archived` counts the others (`archive.ts`). */
  trials: Trial[];
  archived: Archived;
  /** Trainings that have not ended yet; none between them, so none is carried over. Since 0.7.0. */
  inHand: TrialInHand[];
  baseline: string | null;
  incumbent: string | null;
  /** Keys still to tune; the first is the one in hand. */
  queue: string[];
  round: number;
  fixed: FixedParameter[];
  /** Why the language model is not asked any more, or null while it is. */
  adviserClosed: string | null;
  adviserHealth: AdviserHealth;
  /** Null: the workers' own environment has the key, if there is one. */
  adviserAccess: AdviserAccess | null;
  refusals: Refusal[];
  decisions: DecisionRecord[];
  notes: string[];
  inbox: Inbox;
  usage: Usage;
  /** Rounds answered from a trial already measured. */
  cached: number;
  /** Milliseconds spent waiting for people; left out of MAX_RUN_SECONDS. */
  waitedMs: number;
  /** Dev score of the model as it came, before any training. */
  untouched: number | null;
  /** The same of every model, by name, with the seconds that it took; empty where BASE_MODEL is not tuned. */
  untouchedModels: Record<string, { score: number; seconds: number }>;
  /** What the mini-training at the start measured; null: nothing was timed. Since 0.6.0, as the next two. */
  timing: Timing | null;
  /** What the run was expected to take, as it was first said. */
  firstEstimate: Estimate | null;
  /** Seconds that it took until its report, waiting left out. */
  tookSeconds: number | null;
  /** Trainings of the pool (MAX_PRIORITY_PARAMS × ROUNDS_PER_PARAM) that are used up. */
  spent: number;
  /** Keys whose first probe the plan still owes, most promising first. */
  probes: string[];
  /** Values that people, the adviser or earlier runs believe in, still to be tried as ordinary trainings. */
  hints: Hint[];
  /** Identical trainings of earlier runs, for the noise of a score. */
  earlierSeeds: SeedScore[];
  /** What the search model made of everything measured so far; its newest word. */
  outlook: Outlook | null;
  noise: Noise | null;
  /** Why the search ended with trainings left; null when it did not. */
  searchEnd: Reason | null;
  confirmation: Confirmation | null;
  published: Published | null;
  bestModel: string | null;
  summary: { text: Reason; model: string } | null;
  report: string | null;
  /** Number of the last trial that all trackers have, and the trackers of which a note says that they could not be told. */
  tracking: { upTo: number; noted: string[] };
  /** The run whose first trials, up to `at`, this one took over and goes on from; null for a run of its own. */
  forkedFrom: { run: string; at: number } | null;
}

export function newRun(run: string, whole: TuningConfig, startedAt: number): RunState {
  const { searched, rhythms } = apart(whole.TUNABLE_KEYS);
  return {
    run,
    config: { ...whole, TUNABLE_KEYS: searched },
    rhythms,
    startedAt,
    phase: 'preparing',
    status: 'running',
    endedEarly: null,
    failureKind: null,
    trainer: null,
    adviser: null,
    plan: null,
    trials: [],
    archived: NOTHING_ARCHIVED,
    inHand: [],
    baseline: null,
    incumbent: null,
    queue: [],
    round: 0,
    fixed: [],
    adviserClosed: null,
    adviserHealth: HEALTHY,
    adviserAccess: null,
    refusals: [],
    decisions: [],
    notes: [],
    inbox: emptyInbox(whole.AGENT_SETTINGS.INTERACTIVE_MODE),
    usage: NO_USAGE,
    cached: 0,
    waitedMs: 0,
    untouched: null,
    untouchedModels: {},
    timing: null,
    firstEstimate: null,
    tookSeconds: null,
    spent: 0,
    probes: [],
    hints: [],
    earlierSeeds: [],
    outlook: null,
    noise: null,
    searchEnd: null,
    confirmation: null,
    published: null,
    bestModel: null,
    summary: null,
    report: null,
    tracking: { upTo: 0, noted: [] },
    forkedFrom: null,
  };
}

/** A run's configuration as it was given, with the rhythms that it lists. */
export const wholeConfig = ({ config, rhythms }: Pick<RunState, 'config' | 'rhythms'>): TuningConfig => ({
  ...config,
  TUNABLE_KEYS: { ...config.TUNABLE_KEYS, ...rhythms },
});

/** State that an earlier release may have carried over continue-as-new, with every field that is known now. */
export function carriedOver(state: RunState): RunState {
  const fresh = newRun(state.run, withAddedSettings(state.config), state.startedAt);
  const { override, ...inbox } = state.inbox as Partial<Inbox> & { override?: ({ key: string } & Override) | null };
  const overrides = override ? { [override.key]: { value: override.value, by: override.by } } : {};
  return {
    ...fresh,
    ...state,
    config: fresh.config,
    spent: state.spent ?? state.trials.filter(({ purpose }) => purpose === 'round').length,
    archived: { ...NOTHING_ARCHIVED, ...state.archived },
    inbox: { ...fresh.inbox, overrides, ...inbox },
    usage: { ...NO_USAGE, ...state.usage },
  };
}
