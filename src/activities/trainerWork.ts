/**
 * Commands of the trainer that are no trainings: followed to their end, with failures that Temporal keeps the type of.
 */
import { ApplicationFailure, Context } from '@temporalio/activity';
import { isHopeless, saysNothing } from '../domain/failures.ts';
import { failureKindSchema } from '../domain/trials.ts';
import { otherRows } from './runKind.ts';
import { TrainerFailure } from '../training/trainerFailure.ts';
import type { Answered, EventOf } from '../training/protocol.ts';
import type { TrainerProcess } from '../training/trainerProcess.ts';
import { watchWork } from '../training/watch.ts';

/** They write nothing that is worth saving. */
const GRACE_SECONDS = 2;
/** A trainer that is killed or hangs this often under the same work will do so again. */
const MOST_ATTEMPTS = 5;

/**
 * @param maxSeconds - After which it is ended with a failure of kind `deadline`; null = it may take its time.
 * @throws ApplicationFailure whose type is the failure's kind.
 */
export async function trainerWork(
  trainer: TrainerProcess,
  command: Answered,
  hangSeconds: number,
  maxSeconds: number | null = null,
): Promise<EventOf<'finished'>> {
  const context = Context.current();
  try {
    return await watchWork(trainer, {
      command,
      hangSeconds,
      maxSeconds,
      graceSeconds: GRACE_SECONDS,
      cancelled: context.cancellationSignal,
      heartbeat: () => context.heartbeat(),
    });
  } catch (error) {
    if (context.cancellationSignal.aborted) await context.cancelled;
    if (!(error instanceof TrainerFailure)) throw error;
    const elsewhere = otherRows(error);
    if (elsewhere) throw elsewhere;
    const kind = failureKindSchema.safeParse(error.kind).data ?? 'trainer_bug';
    throw ApplicationFailure.create({
      type: kind,
      message: error.message,
      details: [error.facts],
      nonRetryable: !saysNothing(error.kind) && (isHopeless(error.kind) || context.info.attempt >= MOST_ATTEMPTS),
    });
  }
}
