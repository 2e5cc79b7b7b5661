/** What errors of activities mean to the story. */
import { ActivityFailure, ApplicationFailure, CancelledFailure, TimeoutFailure, rootCause } from '@temporalio/workflow';
import { said } from '../domain/said.ts';
import { failureKindSchema } from '../domain/trials.ts';
import type { Failure } from '../domain/trials.ts';

export function failureOf(error: unknown): Failure | null {
  if (!(error instanceof ActivityFailure)) return null;
  const { cause } = error;
  // The time that it trained is known from its last heartbeat.
  if (cause instanceof TimeoutFailure) {
    const { trainSeconds = 0 } = (cause.lastHeartbeatDetails ?? {}) as { trainSeconds?: number };
    return {
      kind: 'hang',
      message: said`no attempt finished: ${cause.message}`,
      facts: { train_seconds: trainSeconds },
    };
  }
  if (!(cause instanceof ApplicationFailure)) return null;
  const kind = failureKindSchema.safeParse(cause.type);
  if (!kind.success) return null;
  return {
    kind: kind.data,
    message: cause.message,
    facts: (cause.details?.[0] as Record<string, unknown> | undefined) ?? {},
  };
}

/** Whether nobody serves the queue that the work was put on, or nobody took it in time. */
export function isUnreached(error: unknown): boolean {
  return (
    error instanceof ActivityFailure &&
    error.cause instanceof TimeoutFailure &&
    error.cause.timeoutType === 'SCHEDULE_TO_START'
  );
}

export function describeError(error: unknown): { type: string | null; message: string; details?: unknown } {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure)
    return { type: cause.type ?? null, message: cause.message, details: cause.details?.[0] };
  if (cause instanceof CancelledFailure) return { type: null, message: cause.message, details: cause.details?.[0] };
  return { type: null, message: rootCause(cause) ?? String(cause) };
}
