/**
 * The `writeReport` activity.
 *
 * Run twice, it writes the same files again: their names come from the run's start, and each replaces its former self
 * whole.
 */
import type { RunState } from '../domain/runState.ts';
import { writeReportFiles } from '../reports/writeReport.ts';
import { whileHeartbeating } from './heartbeating.ts';

export function writeReport({ state, workflowId }: { state: RunState; workflowId: string }): Promise<{ path: string }> {
  return whileHeartbeating(() => writeReportFiles(state, { workflowId }));
}
