/**
 * The `writeReport` and `keepRecord` activities.
 *
 * Run twice, they write the same files again: a report's names come from the run's start, and each file replaces its
 * former self whole.
 */
import { writeReportFiles } from '../reports/writeReport.ts';
import type { RecordRequest } from '../domain/contract.ts';
import { wholeState, writeRunRecord } from '../training/runRecord.ts';
import { whileHeartbeating } from './heartbeating.ts';

export function writeReport({ state, workflowId }: RecordRequest): Promise<{ path: string }> {
  return whileHeartbeating(async () => writeReportFiles(await wholeState(state), { workflowId }));
}

/** The run's whole state beside its models, for the time when the server has forgotten the run. */
export function keepRecord({ state, workflowId, away }: RecordRequest): Promise<void> {
  return whileHeartbeating(() => writeRunRecord({ state, workflowId, savedAt: new Date().toISOString() }, away));
}
