/** Sending a person's decision to a run, whoever asks: terminal, dashboard, library, assistant. */
import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import type { Decision } from '../domain/decisions.ts';
import { said } from '../domain/said.ts';
import { decideUpdate } from '../workflows/messages.ts';
import type { tuningRun } from '../workflows/tuningRun.ts';

export type Handle = WorkflowHandle<typeof tuningRun>;

/** A decision as a person gives it: who it is by and its id come with the sending. */
export type GivenDecision = Omit<Decision, 'id' | 'by'>;

/** How the run names who decides at this terminal. */
const atTerminal = (): string => `${userInfo().username} (terminal)`;

/**
 * Sends one decision; sent again after a broken connection, it still counts once. Returns what the run says to it.
 *
 * @param by - Who decides, as the run's record and report tell it.
 * @throws An error of which `refusal` tells the reason, when the run refuses it; else that of the connection.
 */
export async function sendDecision(
  handle: Handle,
  decision: GivenDecision,
  by: string = atTerminal(),
): Promise<string> {
  const id = randomUUID();
  return handle.executeUpdate(decideUpdate, { args: [{ ...decision, id, by }], updateId: id });
}

/** Why a decision was refused, in the run's own words; null when it was another error. */
export function refusal(error: unknown): string | null {
  if (error instanceof WorkflowNotFoundError) return said`the run has ended; nothing can be decided any more`;
  return error instanceof WorkflowUpdateFailedError
    ? ((error.cause as Error | undefined)?.message ?? error.message)
    : null;
}
