/** Work that a person may end at once: a training, a question to the adviser, held-out scoring. */
import { CancellationScope } from '@temporalio/workflow';
import type { Inbox } from '../domain/inbox.ts';
import { said } from '../domain/said.ts';
import type { Host } from './host.ts';
import { EndRun } from './outcomes.ts';

export interface Interruption {
  interruptible: Host['interruptible'];
  /** Ends all work in hand if stop-now has arrived. */
  check: () => void;
}

/** @param inbox - The inbox as it is then. */
export function interruption(inbox: () => Inbox): Interruption {
  const inHand = new Set<CancellationScope>();
  const stopped = (cause?: unknown) => new EndRun(said`a person stopped the run at once`, true, { cause });
  return {
    check: () => {
      if (inbox().stop === 'now') for (const scope of inHand) scope.cancel();
    },
    interruptible: async (work) => {
      if (inbox().stop === 'now') throw stopped();
      const run = CancellationScope.current();
      const scope = new CancellationScope();
      inHand.add(scope);
      try {
        return await scope.run(work);
      } catch (error) {
        // However the work ended that was to end: by its cancellation, or with the worker that should have told of it. A
        // cancellation of the run itself passes through.
        if (!run.consideredCancelled && inbox().stop === 'now') throw stopped(error);
        throw error;
      } finally {
        inHand.delete(scope);
      }
    },
  };
}
