/** `dashboard`: the local page over all runs, and where it is. */
import { setTimeout as sleep } from 'node:timers/promises';
import { addressWithToken, dashboardToken } from '../local/dashboardToken.ts';
import { openInBrowser } from '../processes/openInBrowser.ts';
import { EXIT } from '../runs/exitCodes.ts';
import { bringStackUp, namesServer } from '../runs/server.ts';
import type { Server } from '../runs/server.ts';
import { UserError } from '../runs/userError.ts';
import { t } from '../words/catalogue.ts';
import { inForeground } from './inForeground.ts';

const UP_WITHIN_MS = 30_000;

/** Prints the address with its token: of the local stack's dashboard, which is brought up, else of one in the foreground. */
export async function dashboard({ open = false }: { open?: boolean }): Promise<number> {
  if (namesServer()) return inForeground('src/dashboard/main.ts', open ? ['--open'] : []);
  const stack = await bringStackUp((line) => void process.stderr.write(`${line}\n`));
  if (!stack.dashboard || !(await answersSoon(stack.dashboard)))
    throw new UserError(t`the dashboard does not answer; its log is .tuning/logs/dashboard.out`, 1);
  const address = addressWithToken(stack.dashboard, await dashboardToken());
  process.stdout.write(`${address}\n`);
  if (open) openInBrowser(address);
  return EXIT.done;
}

async function answersSoon(address: string): Promise<boolean> {
  const deadline = Date.now() + UP_WITHIN_MS;
  while (Date.now() < deadline) {
    const answer = await fetch(`${address}/api/session`, { signal: AbortSignal.timeout(2000) }).catch(() => null);
    if (answer?.ok) return true;
    await sleep(100);
  }
  return false;
}

/**
 * Where a run is to be seen on the dashboard; null where there is none.
 *
 * @param withToken - Only for a person's eyes: who has the token may stop runs.
 */
export async function dashboardOf(
  { dashboard: address }: Pick<Server, 'dashboard'>,
  run: string,
  withToken: boolean,
): Promise<string | null> {
  if (address === null) return null;
  const page = `${address}/run/${encodeURIComponent(run)}`;
  return withToken ? `${page}?token=${await dashboardToken()}` : page;
}
