/**
 * One slot for each training or scoring of a worker, whatever queue it came by: a slot is a device, or a share of the
 * cores, and two at once would take it from each other.
 */
import { Context } from '@temporalio/activity';
import type { LimitFunction } from 'p-limit';
import { WAITS_FOR_SLOT } from '../training/watch.ts';
import { whileHeartbeating } from './heartbeating.ts';

/**
 * The activity once a slot is free; until then it tells the server that it lives, and can be cancelled.
 *
 * @param named - What is told of the work meanwhile, beside that it waits.
 */
export function inSlot<Request, Answer>(
  slots: LimitFunction,
  activity: (request: Request) => Promise<Answer>,
  named?: (request: Request) => object,
): (request: Request) => Promise<Answer> {
  return async (request) => {
    const { cancellationSignal, cancelled, info } = Context.current();
    let begin!: () => void;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const work = slots(() => {
      // Its turn came too late.
      cancellationSignal.throwIfAborted();
      begin();
      return activity(request);
    });
    // Until it begins, a cancellation need not wait for its turn; from then on the activity sees to it.
    work.catch(() => {});
    if (slots.pendingCount > 0) {
      // What an earlier attempt came to is kept: a heartbeat replaces the one before it.
      const details = named && { ...info.heartbeatDetails, ...named(request), phase: WAITS_FOR_SLOT };
      await whileHeartbeating(() => Promise.race([begun, cancelled]), details);
    }
    return work;
  };
}
