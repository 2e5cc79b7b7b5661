/** The application's own workflow: it tunes, and rolls the model out only if it is better than what runs now. */
import { executeChild, proxyActivities } from '@temporalio/workflow';
import type { StartInput, tuningRun } from 'model-tuning-agent';
import type { rollOut } from './activities.ts';

const activities = proxyActivities<{ rollOut: typeof rollOut }>({ startToCloseTimeout: '1 minute' });

export interface Release {
  run: string;
  verdict: string;
  /** Where the model was put; null: what runs now stays. */
  rolledOut: string | null;
}

/**
 * @param tuning - Made by `tuningInput`, outside the workflow: it reads files.
 * @param target - Folder that the application serves its model from.
 */
export async function releaseModel(tuning: StartInput, target: string): Promise<Release> {
  const { run, verdict, bestModel } = await executeChild<typeof tuningRun>('tuningRun', {
    // The agent's commands and dashboard know the run by this id.
    workflowId: `tuning-${tuning.run}`,
    taskQueue: 'tuning',
    args: [tuning],
  });
  const better = verdict?.verdict === 'better' && bestModel !== null;
  return {
    run,
    verdict: verdict?.verdict ?? 'unknown',
    rolledOut: better ? await activities.rollOut(bestModel, target) : null,
  };
}
