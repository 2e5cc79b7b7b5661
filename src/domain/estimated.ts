/** What a run keeps of its estimate; how it is made is told in `estimate.ts`. */

/** Seconds of the default configuration's parts, with the threads that one training of the run has. */
export interface Timing {
  /** One optimizer step, the first ones left out. */
  step: number;
  /** Of these seconds those that do not depend on how many rows a step has; 0 to `step`. */
  stepFixed: number;
  /** One evaluation on all dev rows, from a timed share of them. */
  evaluation: number;
  /** Loading model and data. */
  startup: number;
  /** Writing the finished model. */
  save: number;
  /** Optimizer steps of a whole training, and those that were timed. */
  totalSteps: number;
  timed: number;
}

/** `low` to `high` is meant to hold eight of ten runs. */
export interface Range {
  low: number;
  middle: number;
  high: number;
}

/**
 * `seconds`: as MAX_RUN_SECONDS counts them, waiting for people and for a free worker left out. `usd`: null where no
 * language model advises or its prices are not known.
 */
export interface Estimate {
  seconds: Range;
  trainings: Range;
  usd: Range | null;
}
