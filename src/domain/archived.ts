/** What a run's state keeps of everything that was put away (`archive.ts`). */
import type { Coverage, ProposerRecord } from './predictions.ts';
import type { ProposedBy } from './trials.ts';

export interface Archived {
  trials: number;
  failed: number;
  pruned: number;
  /** Answered by earlier runs. */
  reused: number;
  /** Identities (`trialIdentity.ts`) of all of them. */
  ids: string[];
  /** Rounds by who proposed them, what came of them, and the language model's own steps among them. */
  rounds: Partial<Record<ProposedBy, number>>;
  records: ProposerRecord[];
  steps: number;
  gained: number;
  /** Scores inside the intervals that were predicted for them. */
  predictions: { byModel: Coverage; byAdviser: Coverage };
  /** The largest seed; -1: none. */
  seed: number;
  /** Places where files of these trainings lie. */
  places: string[];
  notes: number;
  decisions: number;
  refusals: number;
}

export const NOTHING_ARCHIVED: Archived = {
  trials: 0,
  failed: 0,
  pruned: 0,
  reused: 0,
  ids: [],
  rounds: {},
  records: [],
  steps: 0,
  gained: 0,
  predictions: { byModel: { inside: 0, of: 0 }, byAdviser: { inside: 0, of: 0 } },
  seed: -1,
  places: [],
  notes: 0,
  decisions: 0,
  refusals: 0,
};
