/** Why the search model wants a training, in words that are true of how the value came about. */
import type { Candidate, Study } from './study.ts';
import type { Reason } from './trials.ts';
import { said } from './suggestions.ts';

export function explain(candidate: Candidate, _study: Study): Reason {
  const keys = Object.keys(candidate.change).join(', ');
  return said(`搜索模型选择 ${keys}（${candidate.origin}）。`, `The search model chose ${keys} (${candidate.origin}).`);
}
