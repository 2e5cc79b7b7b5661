/**
 * What a schedule's execution asks of the server and of this machine.
 *
 * `isInProgress`, run twice, looks twice. `giveRunKey`, run twice, leaves a copy that nobody names; it is removed once the
 * run is over, as every entry of it.
 */
import { getClient } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { ScheduleActivities } from '../domain/contract.ts';
import { readAdviserKey, storeAdviserKey } from '../local/adviserKeys.ts';

export const scheduleActivities: ScheduleActivities = {
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
    const key = await readAdviserKey(access);
    return key === null ? { ref: null, origin: access.origin } : storeAdviserKey(workflowId, key, access.origin);
  },
};
