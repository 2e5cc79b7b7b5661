/**
 * What a schedule's execution asks of the server and of this machine.
 *
 * `isInProgress`, run twice, looks twice. `giveRunKey`, run twice, leaves a copy that nobody names; it is removed once the
 * run is over, as every entry of it.
 */
import { getClient } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { AdviserAccess } from '../domain/adviserFacts.ts';
import type { ScheduleActivities } from '../domain/contract.ts';

/** Where keys lie: a file for each, on this machine. */
export interface KeyStore {
  read(access: AdviserAccess): Promise<string | null>;
  store(workflowId: string, key: string, origin: string): Promise<AdviserAccess>;
}

export const scheduleActivities = (keys: KeyStore): ScheduleActivities => ({
  isInProgress: async ({ workflowId }) => {
    try {
      const { status } = await getClient().workflow.getHandle(workflowId).describe();
      return status.name === 'RUNNING' || status.name === 'CONTINUED_AS_NEW';
    } catch (error) {
      // The server forgets runs that are over.
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  },
  giveRunKey: async ({ access, workflowId }) => {
    const key = await keys.read(access);
    // Told as what it is: a run must not go without its language model silently.
    return key === null ? { ref: null, origin: 'gone' } : keys.store(workflowId, key, access.origin);
  },
});
