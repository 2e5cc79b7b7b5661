/** Which trainings come next: the search model's choice, and the language model's word on it where there is one. */
import { asProposed } from '../domain/proposals.ts';
import type { NextTraining } from '../domain/proposals.ts';
import { explain } from '../domain/searchWords.ts';
import type { Study } from '../domain/study.ts';
import type { Reason } from '../domain/trials.ts';
import type { Host } from './host.ts';

/** `repeat`: the best so far again, with another seed. */
export type Proposal = { train: NextTraining[] } | { repeat: Reason } | { stop: Reason };

/**
 * @param keys - Keys that may be changed; null: any.
 * @param step - Names the question within the run, for the journal.
 */
export async function propose(
  _host: Host,
  study: Study,
  _question: { step: string; keys: string[] | null; count: number },
): Promise<Proposal> {
  return { train: study.next.map((candidate) => asProposed(candidate, study, explain)) };
}
