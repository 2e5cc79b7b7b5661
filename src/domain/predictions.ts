/** How good the predictions and the proposals were: intervals that held the score, and what each proposer gained. */
import type { Prediction, ProposedBy, ScoredTrial, Trial } from './trials.ts';
import { isScored } from './trials.ts';

/** Intervals that held the score that was measured, of all that can be judged. */
export interface Coverage {
  inside: number;
  of: number;
}

const NOTHING_PREDICTED = { byModel: null, byAdviser: null };
type Predictor = keyof NonNullable<Trial['predicted']>;

/** Whether a score fell inside its predicted interval; null where there is none, or no score. */
export function heldBy(trial: Trial, by: Predictor): boolean | null {
  const predicted: Prediction | null = (trial.predicted ?? NOTHING_PREDICTED)[by];
  if (!predicted || !trial.result) return null;
  return predicted.low <= trial.result.score && trial.result.score <= predicted.high;
}

export function coverageOf(trials: readonly Trial[], by: Predictor): Coverage {
  const judged = trials.map((trial) => heldBy(trial, by)).filter((held) => held !== null);
  return { inside: judged.filter(Boolean).length, of: judged.length };
}

export const together = (a: Coverage, b: Coverage): Coverage => ({ inside: a.inside + b.inside, of: a.of + b.of });

/** What came of somebody's proposals. */
export interface ProposerRecord {
  by: ProposedBy;
  trained: number;
  failed: number;
  accepted: number;
  /** Sum of what its accepted proposals added to the best score. */
  gain: number;
  coverage: Coverage;
}

/** By proposer of a configuration, in the order in which they first proposed; repeats and fixed trainings left out. */
export function proposerRecords(trials: readonly Trial[]): ProposerRecord[] {
  const proposals = trials.filter(({ purpose }) => purpose === 'round' || purpose === 'base_config');
  return [...new Set(proposals.map(({ proposedBy }) => proposedBy))].map((by) => {
    const own = proposals.filter((trial) => trial.proposedBy === by);
    const accepted = own.filter((trial): trial is ScoredTrial => isScored(trial) && trial.accepted);
    return {
      by,
      trained: own.filter(isScored).length,
      failed: own.filter(({ failure }) => failure !== null).length,
      accepted: accepted.length,
      gain: accepted.reduce((sum, { delta }) => sum + (delta ?? 0), 0),
      coverage: coverageOf(own, by === 'adviser' ? 'byAdviser' : 'byModel'),
    };
  });
}

/** The records of earlier and of later trials as one. */
export function recordsTogether(
  earlier: readonly ProposerRecord[],
  later: readonly ProposerRecord[],
): ProposerRecord[] {
  return [...new Set([...earlier, ...later].map(({ by }) => by))].map((by) =>
    [...earlier, ...later]
      .filter((record) => record.by === by)
      .reduce((a, b) => ({
        by,
        trained: a.trained + b.trained,
        failed: a.failed + b.failed,
        accepted: a.accepted + b.accepted,
        gain: a.gain + b.gain,
        coverage: together(a.coverage, b.coverage),
      })),
  );
}
