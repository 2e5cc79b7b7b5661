/**
 * The state of a run: small enough to be carried through continue-as-new, and changed by these functions alone.
 *
 * Invariants (property-tested): no configuration is trained twice with the same seed; a challenger replaces the incumbent
 * only when it is ahead on their common seeds; protected keys
 * never change; trainings stay within what pool, seeds and remedies allow.
 */
import type { Archived } from './archived.ts';
import { NOTHING_ARCHIVED } from './archived.ts';
import type { Inbox, Override } from './inbox.ts';
import { emptyInbox } from './inbox.ts';
import { metricOf } from './metric.ts';
import { scoreUnit } from './noise.ts';
import type { Estimate, Timing } from './estimated.ts';
import type { ParameterSpace } from './parameterSpace.ts';
import { REMEDY_KEYS, asLearnt, isOfRemedy, withoutRemedy } from './remedies.ts';
import { factsOf } from './slots.ts';
import type { TrainingConfig } from './trainingConfig.ts';
import { canonicalJson, trialId } from './trialIdentity.ts';
import { apart } from './rhythms.ts';
import { tunableValues } from './searchSpace.ts';
import { withAddedSettings } from './settings.ts';
import type { Hint, Noise, Outlook, SeedScore } from './study.ts';
import type { TuningConfig } from './settings.ts';
import type { TrainerFacts } from './trainerFacts.ts';
import type { ProposedBy, Reason, ScoredTrial, Trial, TrialInHand, Values } from './trials.ts';
import { isScored } from './trials.ts';
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

/** Who advises: shown on every screen and in the report. */
export interface AdviserFacts {
  kind: 'openai' | 'local';
  model: string;
  /** Why this one, in a sentence a person reads. */
  note: string;
}

/** Where a run's key for the adviser lies: the name of an entry on the workers' machine, never the key itself. */
export interface AdviserAccess {
  /** Null: the run has no key. */
  ref: string | null;
  /** Where the client found the key, for people: `environment`, `.env`. */
  origin: string;
}

/** How the language model has answered lately: questions in a row. */
export interface AdviserHealth {
  /** That brought no reply, with all their attempts. */
  unanswered: number;
  /** That were answered, but with nothing that could be used. */
  unusable: number;
  /** That it was not asked since it was given up for a while. */
  skipped: number;
}
export const HEALTHY: AdviserHealth = { unanswered: 0, unusable: 0, skipped: 0 };

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

export type Verdict = 'better' | 'not_distinguishable' | 'worse';

/**
 * Held-out scores; `baseline` and `best` are means over `seeds`. `difference`: winner minus default, 95 %, over pairs and
 * seeds (trainer's `confirm.py`); before 0.4.0 over pairs alone.
 */
export interface Confirmation {
  split: string;
  pairs: number;
  baseline: number;
  best: number;
  difference: { mean: number; low: number; high: number } | null;
  /** The run's seed first, then the fresh ones; null: that training failed. Before 0.4.0 the fresh ones alone. */
  seeds: { seed: number; baseline: number | null; best: number | null }[];
  /** Absent before 0.4.0, as the rest. */
  verdict?: Verdict;
  untouched?: number;
  /** Which model as it came; absent where there is one alone. */
  untouchedModel?: string;
  /** Winner minus untouched model. */
  overUntouched?: { mean: number; low: number; high: number } | null;
  /** Standard deviation between seeds that the interval was made with, on held-out data, and whether it was measured. */
  seedSd?: { baseline: number; best: number; measured: boolean };
}

/** Which model a run gave its user, and why. */
export interface Published {
  what: 'best' | 'baseline' | 'untouched';
  why: Reason;
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

export function findTrial(state: RunState, id: string | null): ScoredTrial | null {
  const trial = state.trials.find((candidate) => candidate.id === id);
  return trial && isScored(trial) ? trial : null;
}

/** What the scores of a run are measured in (`scoreUnit`). */
export const unitOfScores = ({ config, trials }: Pick<RunState, 'config' | 'trials'>): number =>
  scoreUnit(
    metricOf(config.DEFAULT_CONFIG),
    trials.filter(isScored).map(({ result }) => result.score),
  );

export const incumbentOf = (state: RunState): ScoredTrial | null => findTrial(state, state.incumbent);
export const baselineOf = (state: RunState): ScoredTrial | null => findTrial(state, state.baseline);

/** The largest seed that libraries take. */
const MOST_SEED = 2 ** 32 - 1;

/** Seeds that nothing was trained with yet: those after the largest, and from 0 on where there are no larger ones. */
export function freshSeeds(
  { trials, archived = NOTHING_ARCHIVED }: { trials: readonly { seed: number }[]; archived?: Pick<Archived, 'seed'> },
  count: number,
): number[] {
  const used = new Set(trials.map(({ seed }) => seed));
  const fresh: number[] = [];
  for (let seed = Math.max(archived.seed, ...used); fresh.length < count;) {
    seed = seed >= MOST_SEED ? 0 : seed + 1;
    if (!used.has(seed)) fresh.push(seed);
  }
  return fresh;
}

/** Tunable values to build the next configuration on: the incumbent's, or the defaults before there is one. */
export function currentValues(state: RunState): Values {
  return incumbentOf(state)?.values ?? tunableValues(state.config.DEFAULT_CONFIG, state.config.TUNABLE_KEYS);
}

/**
 * The whole configuration for some tunable values: everything else comes from DEFAULT_CONFIG, whatever an adviser says.
 *
 * @param share - Share of the training rows, below 1; absent: all.
 */
export function configFor(
  state: RunState,
  values: Values,
  seed = state.config.DEFAULT_CONFIG.SEED,
  share?: number,
): TrainingConfig {
  return {
    ...state.config.DEFAULT_CONFIG,
    ...allowedOf(state.config, values),
    SEED: seed,
    ...(share === undefined ? {} : { TRAIN_SHARE: share }),
  } as TrainingConfig;
}

/** Of some values those that a training takes: of tunable keys, and those that a remedy changes. */
function allowedOf({ TUNABLE_KEYS }: TuningConfig, values: Values): Values {
  return Object.fromEntries(
    Object.entries(values).filter(([key]) => Object.hasOwn(TUNABLE_KEYS, key) || isOfRemedy(key, values)),
  );
}

const knownNames = new WeakMap<TuningConfig, WeakMap<Values, string>>();

/**
 * Equal for values that make the same configuration, whatever the seed. Rules compare each with each, so it is made once
 * for an object; values are replaced, never changed.
 */
export function configurationOf({ config }: Pick<RunState, 'config'>, values: Values): string {
  const names = knownNames.get(config) ?? new WeakMap<Values, string>();
  knownNames.set(config, names);
  const known = names.get(values);
  if (known !== undefined) return known;
  const defaults = config.DEFAULT_CONFIG as unknown as Values;
  const keys = [...REMEDY_KEYS, ...Object.keys(config.TUNABLE_KEYS)];
  const usual = Object.fromEntries(keys.map((key) => [key, defaults[key]!]));
  const name = canonicalJson(asLearnt({ ...usual, ...allowedOf(config, values) }));
  names.set(values, name);
  return name;
}

/** The trial that measured these values with the run's seed, finished or failed; null when none did. */
export function measured(state: RunState, values: Values): Trial | null {
  const wanted = configurationOf(state, values);
  return state.trials.find((trial) => competes(trial) && triedBy(state, trial).includes(wanted)) ?? null;
}

/** The same at any time, of those that a long run has put away too: these are known by their ids. */
export const wasMeasured = (state: RunState, values: Values): boolean =>
  measured(state, values) !== null ||
  (state.archived.ids.length > 0 && state.archived.ids.includes(trialId(configFor(state, values), factsOf(state))));

/** What a trial was trained with, also before remedies: whole configurations, as `measured` compares them. */
export const triedBy = (state: RunState, { values, remedies }: Trial): string[] =>
  [values, ...remedies.map((remedy) => withoutRemedy(values, remedy))].map((tried) => configurationOf(state, tried));

/** `measured` for one question after another: each trial is looked at once, however many values are asked for. */
export function allMeasured(state: RunState): (values: Values) => Trial | null {
  const first = new Map<string, Trial>();
  for (const trial of state.trials.filter(competes))
    for (const tried of triedBy(state, trial)) if (!first.has(tried)) first.set(tried, trial);
  return (values) => first.get(configurationOf(state, values)) ?? null;
}

/** Purposes whose trials try something: the others measure again what is known. */
const COMPETING: ReadonlySet<Trial['purpose']> = new Set(['baseline', 'base_config', 'round']);
export const competes = ({ purpose }: Pick<Trial, 'purpose'>): boolean => COMPETING.has(purpose);

/**
 * Adds a trial; the first one becomes the incumbent.
 *
 * @param higherWins - Whether a higher score makes it the incumbent at once; before 0.4.0 it did. Since then `accept`
 *   does, once the challenge is decided.
 */
export function recordTrial(
  state: RunState,
  trial: Omit<Trial, 'delta' | 'accepted'>,
  { higherWins = true } = {},
): Trial {
  const incumbent = incumbentOf(state);
  const comparable = competes(trial) && trial.result !== null;
  const delta = comparable && incumbent ? trial.result!.score - incumbent.result.score : null;
  const accepted = comparable && (incumbent === null || (higherWins && delta! > 0));
  const recorded: Trial = { ...trial, delta, accepted };
  state.trials.push(recorded);
  if (trial.purpose === 'baseline' && trial.result) state.baseline = trial.id;
  if (accepted) state.incumbent = trial.id;
  return recorded;
}

/** Makes a measured trial the incumbent. */
export function accept(state: RunState, trial: ScoredTrial): void {
  trial.accepted = true;
  state.incumbent = trial.id;
}

/** Trainings that a run may spend on its search. */
export const poolOf = ({ AGENT_SETTINGS: settings }: TuningConfig): number =>
  settings.MAX_PRIORITY_PARAMS * settings.ROUNDS_PER_PARAM;

export const trainingsLeft = (state: RunState): number => Math.max(0, poolOf(state.config) - state.spent);
