/**
 * The `writeReport` and `keepRecord` activities.
 *
 * Run twice, they write the same files again: a report's name is its run's own, and each file replaces its
 * former self whole. Both then go to the run's store.
 */
import path from 'node:path';
import type { RunState } from '../domain/runState.ts';
import { PROJECT_ROOT } from '../projectRoot.ts';
import { writeReportFiles } from '../reports/writeReport.ts';
import type { RecordRequest } from '../domain/contract.ts';
import { isThere, runStoreOf } from '../store/runStore.ts';
import type { RunStore } from '../store/runStore.ts';
import { takeArchive } from '../store/storedArchive.ts';
import { takeTrial } from '../store/storedTrials.ts';
import { wholeState, writeRunRecord } from '../training/runRecord.ts';
import { tidy } from '../training/trialDirectory.ts';
import { whileHeartbeating } from './heartbeating.ts';
import { ifStoreAnswers, keepInStore } from './storing.ts';

export function writeReport({ state, workflowId }: RecordRequest): Promise<{ path: string }> {
  return whileHeartbeating(async () => {
    const stored = storeOf(state);
    if (state.archived.trials > 0) await ifStoreAnswers(stored, takeArchive);
    const whole = await wholeState(state);
    await ifStoreAnswers(stored, (from) => bringResults(from, whole));
    const written = await writeReportFiles(whole, { workflowId });
    await keepInStore(
      stored,
      { what: 'report', name: path.resolve(PROJECT_ROOT, written.path) },
      { small: true, last: true },
    );
    return written;
  });
}

/** The run's whole state beside its models, for the time when the server has forgotten the run. */
export function keepRecord({ state, workflowId, away }: RecordRequest): Promise<void> {
  return whileHeartbeating(async () => {
    await writeRunRecord({ state, workflowId, savedAt: new Date().toISOString() }, away);
    await keepInStore(storeOf(state), { what: 'record', name: '' }, { small: true, last: state.phase === 'ended' });
  });
}

const storeOf = (state: RunState): RunStore | null => runStoreOf(state.config.DEFAULT_CONFIG, state.run);

/** The curves in a report are those of results that are here. */
async function bringResults(stored: RunStore, { trials }: RunState): Promise<void> {
  for (const { id, result } of trials)
    if (result && !(await isThere(path.join(stored.layout.trial(id), 'result.json'))) && (await takeTrial(stored, id)))
      // What an attempt here had begun, before its trial was finished elsewhere.
      await tidy(stored.layout.trial(id));
}
