/** Where a run is to be seen: pages of the local stack. */
import { runOf } from '../runs/runList.ts';
import { runUrl } from '../runs/server.ts';
import type { Server } from '../runs/server.ts';
import { dashboardOf } from './dashboard.ts';
import type { Screen } from './screen.ts';
import type { Addresses } from './terminal/ending.ts';

export async function addressesOf(server: Server, workflowId: string, { interactive }: Screen): Promise<Addresses> {
  // The token is for the eyes of who sits here, not for a log.
  const dashboard = await dashboardOf(server, runOf(workflowId), interactive);
  return { webUi: runUrl(server, workflowId), dashboard };
}
