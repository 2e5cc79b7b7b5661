/**
 * The `trackTrials` activity: tells the run's trackers of it.
 *
 * Run twice, or killed at any moment and run again, it leaves nothing twice (`tracking/telling.ts`).
 */
import { Context } from '@temporalio/activity';
import type { TrackAnswer, TrackRequest } from '../domain/contract.ts';
import { tellTrackers } from '../tracking/telling.ts';
import { whileHeartbeating } from './heartbeating.ts';

export function trackTrials(request: TrackRequest): Promise<TrackAnswer> {
  return whileHeartbeating(() => tellTrackers(request, Context.current().cancellationSignal));
}
