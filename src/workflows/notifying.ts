/** Telling people who do not look: beside what the run does, never in its way. */
import { endNotice, waitingNotice } from '../domain/notices.ts';
import type { Notice } from '../domain/notices.ts';
import { said } from '../domain/said.ts';
import type { Host } from './host.ts';

/**
 * Tells that the run waits for a person.
 *
 * @returns What settles once it was told, or could not be: awaited after the answer, so that nothing of it is under way
 *   when the run starts anew.
 */
export function tellWaiting(host: Host, waits: { id: string; paused: boolean }): Promise<void> {
  return host.release >= 7 ? tell(host, () => waitingNotice(host.state, waits)) : Promise.resolve();
}

export async function tellEnd(host: Host): Promise<void> {
  if (host.release >= 7) await tell(host, () => endNotice(host.state));
}

async function tell({ state, steps, describeError, isCancellation }: Host, made: () => Notice): Promise<void> {
  const webhook = state.config.AGENT_SETTINGS.NOTIFY_WEBHOOK;
  if (webhook === null) return;
  const notice = made();
  try {
    await steps.notify(`${notice.type} to the webhook`, { webhook, notice });
  } catch (error) {
    if (isCancellation(error)) return;
    const note = said`the webhook could not be told of it (${notice.type}): ${describeError(error).message}`;
    if (!state.notes.includes(note)) state.notes.push(note);
  }
}
