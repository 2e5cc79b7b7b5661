/** What a language model may propose for the next training, and the checks that its words pass. */
import type { Candidate, Study } from './study.ts';
import type { Origin, Prediction, ProposedBy, Reason, Values } from './trials.ts';

/** A language model's answer to `adviseNext`. */
export interface ProposalReply {
  reason: Reason;
  prediction: Prediction;
  action: 'train' | 'repeat' | 'stop';
  proposals: { key: string; value: string | number }[];
}

/** The next training, decided. */
export interface NextTraining {
  /** Every tunable value, and which of them differ from the base. */
  values: Values;
  change: Values;
  proposedBy: ProposedBy;
  origin: Origin;
  reason: Reason;
  predicted: { byModel: Prediction | null; byAdviser: Prediction | null };
}

export const predictionOf = ({ low, high }: Candidate): Prediction => ({ low, high });

/** What the search model would do, as it stands. */
export function asProposed(
  candidate: Candidate,
  study: Study,
  reason: (of: Candidate, study: Study) => Reason,
): NextTraining {
  return {
    values: candidate.values,
    change: candidate.change,
    proposedBy: candidate.hint?.by ?? 'search',
    origin: candidate.origin,
    reason: reason(candidate, study),
    predicted: { byModel: predictionOf(candidate), byAdviser: null },
  };
}
