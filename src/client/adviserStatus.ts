/** `status`: which adviser a new run of this shell would have, and which the runs in progress have. */
import { ConfigError } from '../config/configError.ts';
import { resolveConfig } from '../config/resolve.ts';
import { adviserHere, adviserWords, runWords, workersWords } from '../runs/adviserSettings.ts';
import { listRuns, runOf } from '../runs/runList.ts';
import type { Server } from '../runs/server.ts';
import { UserError } from '../runs/userError.ts';
import { progressQuery } from '../workflows/messages.ts';
import { t, translated } from '../words/catalogue.ts';

/** A worker that is away must not hold the command. */
const QUERY_WITHIN_MS = 3000;

export interface AdviserStatus {
  here: string;
  runs: { run: string; adviser: string }[];
}

export async function adviserStatus(server: Server): Promise<AdviserStatus> {
  const running = await listRuns(server, "ExecutionStatus = 'Running'");
  const runs = await Promise.all(
    running.map(async ({ workflowId }) => ({ run: runOf(workflowId), adviser: await adviserOf(server, workflowId) })),
  );
  return { here: hereWords(server), runs };
}

function hereWords({ local }: Server): string {
  try {
    const { AGENT_SETTINGS: settings } = resolveConfig({ environment: process.env });
    return local ? adviserWords(settings, adviserHere(settings)) : workersWords(settings);
  } catch (error) {
    if (error instanceof ConfigError) return t`the configuration cannot be used: ${translated(error.problems[0]!)}`;
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

async function adviserOf({ client }: Server, workflowId: string): Promise<string> {
  try {
    const progress = await client.connection.withDeadline(Date.now() + QUERY_WITHIN_MS, () =>
      client.workflow.getHandle(workflowId).query(progressQuery),
    );
    return runWords(progress.adviserSettings);
  } catch {
    return t`unknown: no worker answers`;
  }
}
