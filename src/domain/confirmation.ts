/** What held-out data say at the end of a run, and which model they gave its user. */
import type { Reason } from './trials.ts';

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
