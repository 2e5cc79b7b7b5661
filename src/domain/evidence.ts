/** Everything that a run has found out, as its language model is shown it since 0.4.0: bounded, however long the run. */
import { untouchedScore } from './baseModels.ts';
import { scoresOf } from './challenge.ts';
import type { Confirmation, Published } from './confirmation.ts';
import { candidatesFor } from './influence.ts';
import { metricsOfTrial } from './constraints.ts';
import { isPlugin, metricOf } from './metric.ts';
import { noticeableDifference } from './noise.ts';
import type { ProposalQuestion } from './proposals.ts';
import type { RunState } from './runState.ts';
import { baselineOf, incumbentOf } from './runTrials.ts';
import { tunableValues } from './searchSpace.ts';
import type { Candidate, Outlook, Study } from './study.ts';
import { unitsIn } from './trainerFacts.ts';
import type { TokenFacts } from './trainerFacts.ts';
import { canonicalJson } from './trialIdentity.ts';
import type { Prediction, ScoredTrial, Trial, Values } from './trials.ts';
import { isScored, ofSearch } from './trials.ts';
import { adviserAllowance } from './usage.ts';

const BEST_SHOWN = 6;
const LAST_SHOWN = 6;
const ACCEPTED_SHOWN = 4;
const LOOKS_SHOWN = 8;
const REASONS_SHOWN = 4;
const WARNINGS_SHOWN = 6;
const LONGEST_TEXT = 200;
/** Two-sided 95 %. */
const Z = 1.96;

/** One training. `values` are those that differ from the default; `changed` the keys that differ from the best at that time. */
export interface EvidenceLine {
  number: number;
  what: Trial['purpose'];
  by: Trial['proposedBy'];
  changed: string[];
  values: Values;
  score: number | null;
  /** Against the best so far with the same seed, 95 % by the seed noise; null for itself, and without both scores. */
  difference: { mean: number; low: number; high: number } | null;
  steps: number | null;
  /** Scores at the looks: [step, score]. The best of them is the score. */
  looks: [number, number][];
  bestStep: number | null;
  losses: { first: number; last: number } | null;
  /** Processor seconds: what it costs, whatever ran beside it; wall seconds where those are unknown. */
  seconds: number | null;
  predicted: { byModel: Prediction | null; byAdviser: Prediction | null };
  failure: string | null;
  /** Everything that it measured; of an inadmissible one, too. */
  metrics?: Record<string, number | null>;
}

/** What the search model thinks, as far as it is shown. */
export interface ShownStudy {
  base: Study['base'];
  /** In the order of their numbers. */
  candidates: Omit<Candidate, 'values' | 'hint'>[];
  keys: Study['keys'];
  winner: Study['winner'];
}

export interface Evidence {
  untouched: number | null;
  lines: EvidenceLine[];
  /** Trainings of the run, of which `lines` shows some. */
  trainings: number;
  /** Standard deviation of a score between seeds, and the repeats it was measured with; 0: a guess, or null: unknown. */
  noise: { sd: number | null; repeats: number };
  evaluation: { loss: string; looks: number | null; batch: number; accumulation: number; precision: string };
  study: ShownStudy | null;
  outlook: Outlook | null;
  left: {
    trainings: number;
    trainSeconds: number | null;
    runSeconds: number | null;
    tokens: number | null;
    usd: number | null;
    /** Keys with a value that was not tried yet, as far as the search model may change them. */
    keys: string[];
  };
  plan: { keys: string[]; reason: string } | null;
  /** Its own last reasons, oldest first. */
  reasons: { training: number; reason: string }[];
  /** `texts` (characters), `tokens` and `grades` (quartiles, 0..1) are those of the training rows. */
  data: {
    trainRows: number;
    devRows: number;
    heldOutRows: number | null;
    texts: { median: number; p95: number; longest: number } | null;
    tokens: TokenFacts | null;
    grades: [number, number, number] | null;
    warnings: string[];
  };
  question: ProposalQuestion | null;
  heldOut: Confirmation | null;
  published: Published | null;
}

/** What the state does not hold. */
export interface Asked {
  study?: Study | null;
  question?: ProposalQuestion | null;
  /** Seconds that the run may still take, of MAX_RUN_SECONDS. */
  runSecondsLeft?: number | null;
}

/** Gathers the evidence. */
export function evidenceOf(state: RunState, { study = null, question = null, runSecondsLeft = null }: Asked): Evidence {
  const { DEFAULT_CONFIG: config, AGENT_SETTINGS: settings } = state.config;
  const { splits, warnings } = state.trainer!.inspection.data;
  const { tokens, usd } = adviserAllowance(state.usage, settings);
  const { MAX_TRAIN_SECONDS: maxSeconds } = settings;
  return {
    untouched: untouchedScore(state),
    lines: linesOf(state),
    trainings: state.archived.trials + state.trials.length,
    noise: noiseShown(state),
    evaluation: {
      loss: config.LOSS,
      looks: config.EVAL_LOOKS,
      batch: config.TRAIN_BATCH_SIZE,
      accumulation: config.GRAD_ACC_STEPS,
      precision: config.PRECISION,
    },
    study: study && shownStudy(study),
    outlook: study?.outlook ?? state.outlook,
    left: {
      trainings: Math.max(0, settings.MAX_PRIORITY_PARAMS * settings.ROUNDS_PER_PARAM - state.spent),
      trainSeconds: maxSeconds === null ? null : Math.max(0, maxSeconds - state.usage.trainSeconds),
      runSeconds: runSecondsLeft,
      tokens,
      usd,
      keys: study
        ? Object.entries(study.keys).flatMap(([key, { untried }]) => (untried > 0 ? [key] : []))
        : Object.keys(state.config.TUNABLE_KEYS),
    },
    plan: state.plan && { keys: state.plan.priorityKeys, reason: cut(state.plan.reason.en) },
    reasons: state.trials
      .filter(({ proposedBy, reason }) => proposedBy === 'adviser' && reason !== null)
      .slice(-REASONS_SHOWN)
      .map(({ number, reason }) => ({ training: number, reason: cut(reason!.en) })),
    data: {
      trainRows: splits.train.rows,
      devRows: unitsIn(splits.dev),
      heldOutRows: splits.test?.rows ?? null,
      texts: splits.train.texts ?? null,
      tokens: splits.train.tokens ?? null,
      grades: splits.train.score_quartiles ?? null,
      warnings: warnings.slice(0, WARNINGS_SHOWN).map(cut),
    },
    question,
    heldOut: state.confirmation && { ...state.confirmation, seeds: state.confirmation.seeds.slice(0, LOOKS_SHOWN) },
    published: state.published,
  };
}

const cut = (text: string): string => text.slice(0, LONGEST_TEXT);

function shownStudy(study: Study): ShownStudy {
  const { base, keys, winner } = study;
  const candidates = candidatesFor(study).shown.map(({ values: _, hint: __, ...shown }) => shown);
  return { base, candidates, keys, winner };
}

/** Measured noise; until there is some, what the sampling of the dev pairs alone would make. */
function noiseShown(state: RunState): Evidence['noise'] {
  const { noise, trainer } = state;
  if (noise) return { sd: noise.atBase, repeats: noise.repeats };
  const score = baselineOf(state)?.result.score ?? 0;
  const units = unitsIn(trainer!.inspection.data.splits.dev);
  const difference = noticeableDifference(score, units, metricOf(state));
  return { sd: difference === null ? null : difference / (Z * Math.SQRT2), repeats: 0 };
}

/** The default, the last improvements, the best and the newest trainings, in the order they were made. */
function linesOf(state: RunState): EvidenceLine[] {
  const competing = state.trials.filter(ofSearch);
  const best = competing
    .filter(isScored)
    .sort((a, b) => b.result.score - a.result.score)
    .slice(0, BEST_SHOWN);
  const accepted = competing.filter((trial) => trial.accepted).slice(-ACCEPTED_SHOWN);
  const chosen = new Set<Trial>([...competing.slice(0, 1), ...accepted, ...best, ...competing.slice(-LAST_SHOWN)]);
  const incumbent = incumbentOf(state);
  const defender = incumbent ? scoresOf(state, incumbent.values) : new Map<number, number>();
  const { sd } = noiseShown(state);
  const defaults = tunableValues(state.config.DEFAULT_CONFIG, state.config.TUNABLE_KEYS);
  const { DEFAULT_CONFIG: config } = state.config;
  // Pearson's correlation beside Spearman's says nothing new.
  const tellsMetrics = isPlugin(config) || config.TASK !== 'sts' || config.CONSTRAINTS.length > 0;
  const lines: EvidenceLine[] = [];
  let base: Values = defaults;
  for (const trial of competing) {
    if (chosen.has(trial)) lines.push(lineOf(trial, { base, defaults, incumbent, defender, sd, tellsMetrics }));
    if (trial.accepted) base = trial.values;
  }
  return lines;
}

interface Against {
  base: Values;
  defaults: Values;
  incumbent: ScoredTrial | null;
  /** The incumbent's scores by seed: a difference is that of two trainings with the same one. */
  defender: ReadonlyMap<number, number>;
  sd: number | null;
  tellsMetrics: boolean;
}

function lineOf(trial: Trial, { base, defaults, incumbent, defender, sd, tellsMetrics }: Against): EvidenceLine {
  const { result, values, failure, predicted } = trial;
  const metrics = tellsMetrics ? metricsOfTrial(trial) : null;
  const itself = incumbent === null || canonicalJson(incumbent.values) === canonicalJson(values);
  const rival = itself ? undefined : defender.get(trial.seed);
  const mean = result !== null && rival !== undefined ? result.score - rival : null;
  const half = sd === null ? null : Z * Math.SQRT2 * sd;
  return {
    number: trial.number,
    what: trial.purpose,
    by: trial.proposedBy,
    changed: Object.keys(values).filter((key) => values[key] !== base[key]),
    values: Object.fromEntries(Object.entries(values).filter(([key, value]) => value !== defaults[key])),
    score: result?.score ?? null,
    difference: mean === null || half === null ? null : { mean, low: mean - half, high: mean + half },
    steps: result?.steps ?? null,
    looks: spread(result?.looks ?? []).map(({ step, score }) => [step, score]),
    bestStep: result?.bestStep ?? null,
    losses: result?.losses ?? null,
    seconds: result ? (result.cpuSeconds ?? result.trainSeconds) : null,
    predicted: predicted ?? { byModel: null, byAdviser: null },
    failure: failure && `${failure.kind}: ${cut(failure.message)}`,
    ...(metrics && Object.keys(metrics).length > 0 ? { metrics } : {}),
  };
}

/** At most so many of a list, evenly, the last among them. */
function spread<Item>(items: readonly Item[]): Item[] {
  const every = Math.ceil(items.length / LOOKS_SHOWN);
  return items.filter((_, index) => (items.length - 1 - index) % Math.max(1, every) === 0);
}
