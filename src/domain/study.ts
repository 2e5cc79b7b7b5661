/**
 * What the search model is asked and answers: which training pays most, and what is known so far. The model itself is
 * `trainer/src/tuning_trainer/search/`, a process without torch.
 */
import type { AgentSettings } from './agentSettings.ts';
import type { ParameterSpace } from './parameterSpace.ts';
import type { Origin, Prediction, ProposedBy, Values } from './trials.ts';

/** A configuration that somebody believes in: tried as an ordinary training, never a law. */
export interface Hint {
  /** The keys it is about; everything else is as in the best so far. */
  change: Values;
  by: ProposedBy;
  /** In a sentence: who, and on what evidence. */
  source: string;
}

/** A score of one configuration with one seed. */
export interface SeedScore {
  values: Values;
  seed: number;
  score: number;
}

/** A measured configuration, as the model sees it. One line for each training: repeats have the same values. */
export interface StudyTrial {
  values: Values;
  seed: number;
  /** Null: it failed. A pruned one has the score at its last look, which is not its score. */
  score: number | null;
  pruned: boolean;
  /** Processor seconds, or wall seconds where those are unknown; null for a failed one. */
  seconds: number | null;
}

export interface StudyRequest {
  spaces: Record<string, ParameterSpace>;
  defaults: Values;
  trials: StudyTrial[];
  /** Identical trainings of earlier runs with other seeds: they say how noisy a score is, and nothing else. */
  elsewhere?: SeedScore[];
  /** The best so far, which the next trainings change; absent: the configuration whose mean score is the highest. */
  incumbent?: Values | null;
  mode: AgentSettings['SEARCH'];
  /** Keys that the next training may change; null: any. */
  keys: string[] | null;
  /** Keys that still want their first probe, most promising first. */
  probes: string[];
  hints: Hint[];
  /** How many trainings are wanted at once, chosen together. */
  count: number;
  /** Trainings left in the pool, and its size. */
  left: number;
  pool: number;
  seed: number;
  /** What the scores are measured in (`scoreUnit`); absent: 1. */
  unit?: number;
  /** Configurations that somebody else thought of: what is expected of a training of each? */
  expect?: Values[];
  /** Earlier trainings lie in the run's archive: the worker adds them. */
  archived?: ArchivedTrials;
}

/** Where a run's archive is, how many trainings it has, and the numbers of those that the question has itself. */
export interface ArchivedTrials {
  outputRoot: string;
  store: string | null;
  trials: number;
  except: number[];
}
export type ArchivedStudy = StudyRequest & { archived: ArchivedTrials };

/** A possible next training. Scores are without noise: what the mean over many seeds would be. */
export interface Candidate {
  values: Values;
  /** What differs from the base: one key, or several for a joint move. */
  change: Values;
  origin: Origin;
  mean: number;
  /** Standard deviation of what the model believes of `mean`. */
  sd: number;
  /** Interval of 90 % for the score of one training, noise included. */
  low: number;
  high: number;
  /** Expected improvement over the base, in score; at least 0. */
  gain: number;
  /** Probability that it is better than the base, 0..1. */
  chance: number;
  /** Expected processor seconds; null while nothing was measured. */
  seconds: number | null;
  /** For `hint`: whose. */
  hint?: Hint;
}

/** Seed-to-seed noise of a dev score. */
export interface Noise {
  /** Standard deviation between seeds at the default, and at the base. */
  atDefault: number;
  atBase: number;
  /** Degrees of freedom behind it: trainings beyond the first of each configuration. 0: a prior guess. */
  repeats: number;
}

/** What could still be gained, and by what. Scores; intervals of 90 %. */
export interface Outlook {
  /** What the best untried configurations together may bring over the base. */
  possible: { mean: number; low: number; high: number };
  /** What the single best next training is expected to bring. */
  next: number;
  /** Whether that is above what noise lets anybody see. */
  worthwhile: boolean;
}

/** The model's view of the run. */
export interface Study {
  /** The measured configuration that the next training builds on: the incumbent. */
  base: { values: Values; mean: number; sd: number };
  /** The trainings it would do next, best first; fewer than asked when nothing untried is left. */
  next: Candidate[];
  /** Others worth considering, best first; bounded. */
  shortlist: Candidate[];
  /** For each key that may be changed: what its best untried value is expected to gain, and whether that is above noise. */
  keys: Record<string, { gain: number; worthwhile: boolean; untried: number }>;
  /** The best measured configuration by mean score, and the model's gain of it over the default. */
  winner: { values: Values; gain: number; sd: number };
  noise: Noise;
  outlook: Outlook;
  /** Of each that the request asked about, in that order: interval of 90 % for the score of one training. */
  expected?: Prediction[];
}
