/** Heartbeats for work that takes long but has no steps to report. */
import { Context } from '@temporalio/activity';

const EVERY_MS = 1000;

/**
 * Heartbeats until the work ends, so that a dead worker is noticed. The work sees to its own cancellation: none is left
 * running behind a failed activity.
 *
 * @param details - What each heartbeat tells.
 */
export async function whileHeartbeating<T>(work: () => Promise<T>, details?: object): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(details), EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
