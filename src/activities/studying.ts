/**
 * The `studySearch` activity: the search model's view of everything measured.
 *
 * Run twice, it answers the same: the model is deterministic, and a request holds all that it knows, but for what a long
 * run has put into its archive before.
 */
import { Context } from '@temporalio/activity';
import type { SearchModel } from '../advisers/local/searchModel.ts';
import type { AdviserActivities } from '../domain/contract.ts';
import type { ArchivedStudy, StudyRequest } from '../domain/study.ts';
import { runStoreOf } from '../store/runStore.ts';
import { takeArchive } from '../store/storedArchive.ts';
import { withArchivedTrials } from '../training/archiveFile.ts';
import { runLayout } from '../training/layout.ts';
import { whileHeartbeating } from './heartbeating.ts';
import { ifStoreAnswers } from './storing.ts';

export function studySearchWith(search: Pick<SearchModel, 'study'>): AdviserActivities['studySearch'] {
  return ({ run, study }) =>
    whileHeartbeating(async () => search.study(isArchived(study) ? await whole(run, study) : study));
}

const isArchived = (study: StudyRequest): study is ArchivedStudy => study.archived !== undefined;

/** With the archive of this machine, or else that of the store; what neither has, the model does not know. */
async function whole(run: string, study: ArchivedStudy): Promise<StudyRequest> {
  const { outputRoot, store } = study.archived;
  const layout = runLayout(outputRoot, run);
  const here = await withArchivedTrials(study, layout);
  if (here.missing === 0) return here.study;
  await ifStoreAnswers(runStoreOf({ OUTPUT_DIR_ROOT: outputRoot, STORE: store }, run), takeArchive);
  const all = await withArchivedTrials(study, layout);
  if (all.missing > 0)
    Context.current().log.warn('earlier trainings of the run are archived on another machine', {
      missing: all.missing,
    });
  return all.study;
}
