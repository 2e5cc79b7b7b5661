/**
 * The `studySearch` activity: the search model's view of everything measured.
 *
 * Run twice, it answers the same: the model is deterministic, and a request holds all that it knows, but for what a long
 * run has put into its archive before.
 */
import { Context } from '@temporalio/activity';
import type { SearchModel } from '../advisers/local/searchModel.ts';
import type { AdviserActivities } from '../domain/contract.ts';
import { withArchivedTrials } from '../training/archiveFile.ts';
import { runLayout } from '../training/layout.ts';
import { whileHeartbeating } from './heartbeating.ts';

export function studySearchWith(search: Pick<SearchModel, 'study'>): AdviserActivities['studySearch'] {
  return ({ run, study }) =>
    whileHeartbeating(async () => {
      const whole = await withArchivedTrials(study, (outputRoot) => runLayout(outputRoot, run));
      if (whole.missing > 0)
        Context.current().log.warn('earlier trainings of the run are archived on another machine', {
          missing: whole.missing,
        });
      return search.study(whole.study);
    });
}
