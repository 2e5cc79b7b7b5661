/** Telling people who do not look: beside what the run does, never in its way. */
import { endNotice, waitingNotice } from '../domain/notices.ts';
import type { Notice, Waiting } from '../domain/notices.ts';
import { said } from '../domain/said.ts';
import type { Host } from './host.ts';

/** Tells that the run waits for a person. Nobody waits for that: who is told of a question that was answered needs no second attempt. */
export function tellWaiting(host: Host, waits: Waiting): void {
  if (host.release >= 7) void tell(host, () => waitingNotice(host.state, waits));
}

export async function tellEnd(host: Host): Promise<void> {
  if (host.release >= 7) await tell(host, () => endNotice(host.state));
}

async function tell({ state, steps, describeError, isCancellation }: Host, made: () => Notice): Promise<void> {
  const webhook = state.config.AGENT_SETTINGS.NOTIFY_WEBHOOK;
  if (webhook === null) return;
  let about = 'notice';
  try {
    const notice = made();
    about = notice.type;
    await steps.notify(`${notice.type} to the webhook`, { webhook, notice });
  } catch (error) {
    if (isCancellation(error)) return;
    const note = said`the webhook could not be told of it (${about}): ${describeError(error).message}`;
    if (!state.notes.includes(note)) state.notes.push(note);
  }
}
