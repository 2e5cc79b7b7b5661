/**
 * The `studySearch` activity: the search model's view of everything measured.
 *
 * Run twice, it answers the same: the model is deterministic, and a request holds all that it knows.
 */
import type { SearchModel } from '../advisers/local/searchModel.ts';
import type { AdviserActivities } from '../domain/contract.ts';
import { whileHeartbeating } from './heartbeating.ts';

export function studySearchWith(search: Pick<SearchModel, 'study'>): AdviserActivities['studySearch'] {
  return ({ study }) => whileHeartbeating(() => search.study(study));
}
