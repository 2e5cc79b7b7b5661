/** Trials as a run remembers them: small facts only; curves and logs stay in the trial's directory. */
import { z } from 'zod';
import type { ParameterValue } from './parameterSpace.ts';
import { said } from './said.ts';

/** The ways a training fails, and what each means. A failed trial has no score: it is never turned into a number. */
export const FAILURE_KINDS = {
  oom: said`out of memory`,
  nan: said`the loss was not a finite number`,
  hang: said`no progress for too long`,
  killed: said`the training process was killed`,
  bad_config: said`the configuration cannot be trained`,
  data: said`the data cannot be used`,
  disk: said`no room on the disk, or it cannot be written`,
  deadline: said`the time allowed for training was used up`,
  pruned: said`ended early, since its curve was hopeless`,
  inadmissible: said`it breaks a constraint`,
  trainer_bug: said`an unexpected error in the trainer`,
} as const;

export type FailureKind = keyof typeof FAILURE_KINDS;
export const failureKindSchema = z.enum(Object.keys(FAILURE_KINDS) as [FailureKind, ...FailureKind[]]);

export interface Failure {
  kind: FailureKind;
  message: string;
  facts: Record<string, unknown>;
}

/**
 * What the `trainTrial` activity returns for a finished training. Seconds are wall seconds of all attempts together.
 */
export interface TrialResult {
  score: number;
  /** Figures beside the score, as they are, by name; absent before 0.6.0. */
  metrics?: Record<string, number | null>;
  bestStep: number;
  steps: number;
  trainSeconds: number;
  modelDigest: string;
  /** Attempts that the training took: 1 when nothing interrupted it. */
  attempts: number;
  /** Steps from which interrupted attempts resumed (0 = started again). */
  resumedFrom: number[];
  /** Remedies taken inside the activity, as sentences. */
  warnings: string[];
  /** Scores at the looks that count, in the order of the steps; absent before 0.4.0. */
  looks?: { step: number; score: number }[];
  /** Training loss at its first and last report; null when there was none. */
  losses?: { first: number; last: number } | null;
  /** Processor seconds of the last attempt, which do not depend on what ran beside it; null when unknown. */
  cpuSeconds?: number | null;
  /**
   * Run that had trained exactly this before; the result is its own. Null or absent: trained in this run. With it,
   * `trainSeconds` is 0, since this run spent none; `cpuSeconds` is what the training took there.
   */
  from?: string | null;
  /** Place where its files lie (`domain/queues.ts`); null or absent: not known, as before 0.5.0 or when that place is gone. */
  at?: string | null;
}

export type Values = Record<string, ParameterValue>;
/** A reason in both languages, as the adviser gives it. */
export interface Reason {
  zh: string;
  en: string;
}
/** `search`: the search model; `adviser`: the language model (before 0.4.0: whoever advised). `fallback`: before 0.4.0. */
export type ProposedBy = 'default' | 'adviser' | 'search' | 'fallback' | 'person' | 'agent' | 'earlier_run';
/** `noise`: the default with another seed. `opening`: on a share of the rows. `repeat`: a measured configuration with another seed. */
export type Purpose = 'baseline' | 'noise' | 'base_config' | 'opening' | 'round' | 'repeat' | 'confirmation';

/** The interval in which a score was expected, before it was measured. */
export interface Prediction {
  low: number;
  high: number;
}

/** Where a value came from; told truthfully to people. `gap`: the middle of the widest gap, a rule. `joint`: several keys at once. */
export const ORIGINS = ['probe', 'gap', 'model', 'joint', 'hint', 'choice', 'own'] as const;
export type Origin = (typeof ORIGINS)[number];

/** One bounded repair of a failure: what was changed, and why. */
export interface Remedy {
  kind: FailureKind;
  before: Values;
  after: Values;
}

export interface Trial {
  id: string;
  /** 1, 2, … in the order in which the run asked for them. */
  number: number;
  purpose: Purpose;
  key: string | null;
  round: number | null;
  seed: number;
  /** Share of the training rows that it had, below 1; absent: all of them. */
  share?: number;
  /** Every tunable value that was trained with, after remedies. */
  values: Values;
  proposedBy: ProposedBy;
  reason: Reason | null;
  /** How the values came about, and what was expected of them; absent before 0.4.0 and where nothing was. */
  origin?: Origin | null;
  /** What differs from the configuration that it was built on; absent before 0.4.0. */
  change?: Values;
  predicted?: { byModel: Prediction | null; byAdviser: Prediction | null };
  remedies: Remedy[];
  result: TrialResult | null;
  failure: Failure | null;
  /** Score minus the incumbent's at that time; null for the first and for failed trials. */
  delta: number | null;
  accepted: boolean;
}

/** What is known of a trial while it trains. */
export type TrialInHand = Pick<
  Trial,
  | 'number'
  | 'purpose'
  | 'key'
  | 'round'
  | 'seed'
  | 'share'
  | 'values'
  | 'proposedBy'
  | 'reason'
  | 'origin'
  | 'change'
  | 'predicted'
  | 'remedies'
> & {
  /** Since 0.7.0: it has ended, and is recorded once those beside it have ended, too. */
  ended?: true;
};

/** A finished trial with a score. */
export type ScoredTrial = Trial & { result: TrialResult };

/** Trained on all rows, for the search: what scores of one run may be compared by. */
export const ofSearch = ({ purpose }: Pick<Trial, 'purpose'>): boolean =>
  purpose !== 'confirmation' && purpose !== 'opening';

export function isScored(trial: Trial): trial is ScoredTrial {
  return trial.result !== null;
}
