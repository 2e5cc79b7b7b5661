/** How well the proposals of a run did, and how well their scores were foretold: for report, terminal and JSON. */
import { OF_THE_POOL, isOwnStep } from './influence.ts';
import type { Prediction, Trial } from './trials.ts';
import { isScored } from './trials.ts';

/** How well somebody's proposals did, and how well they foretold it. */
export interface ProposalRecord {
  trainings: number;
  /** Trainings that became the best so far, and what they gained together, in score. */
  accepted: number;
  gain: number;
  /** Predicted intervals whose training has a score, how many of them hold it, and their mean width. */
  predictions: number;
  covered: number;
  width: number | null;
}

export interface AdviceRecord {
  /** Of the language model: all, of values of its own, of choices among the search model's candidates. */
  byAdviser: ProposalRecord;
  own: ProposalRecord;
  chosen: ProposalRecord;
  /** Of the search model: its own proposals, and its predictions of whatever was trained. */
  bySearch: ProposalRecord;
}

/** Read from the trials alone. */
export function adviceRecord(trials: readonly Trial[]): AdviceRecord {
  const pool = trials.filter(({ purpose }) => OF_THE_POOL.has(purpose));
  const byAdviser = pool.filter(({ proposedBy }) => proposedBy === 'adviser');
  const foretold = ({ predicted }: Trial) => predicted?.byAdviser ?? null;
  const bySearch = pool.filter(({ proposedBy }) => proposedBy === 'search');
  return {
    byAdviser: recordOf(byAdviser, byAdviser, foretold),
    own: recordOf(byAdviser.filter(isOwnStep), byAdviser.filter(isOwnStep), foretold),
    chosen: recordOf(
      byAdviser.filter(({ origin }) => origin === 'choice'),
      byAdviser.filter(({ origin }) => origin === 'choice'),
      foretold,
    ),
    bySearch: recordOf(bySearch, pool, ({ predicted }) => predicted?.byModel ?? null),
  };
}

function recordOf(
  proposed: readonly Trial[],
  predicted: readonly Trial[],
  foretold: (trial: Trial) => Prediction | null,
): ProposalRecord {
  const accepted = proposed.filter((trial) => trial.accepted);
  const intervals = predicted.filter(isScored).flatMap((trial) => {
    const interval = foretold(trial);
    return interval ? [{ ...interval, score: trial.result.score }] : [];
  });
  const widths = intervals.map(({ low, high }) => high - low);
  return {
    trainings: proposed.length,
    accepted: accepted.length,
    gain: accepted.reduce((sum, { delta }) => sum + Math.max(0, delta ?? 0), 0),
    predictions: intervals.length,
    covered: intervals.filter(({ low, high, score }) => low <= score && score <= high).length,
    width: widths.length === 0 ? null : widths.reduce((sum, width) => sum + width, 0) / widths.length,
  };
}
