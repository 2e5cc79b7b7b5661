/** Waiting for news of a run by the server's long poll: while nothing happens, nothing is asked. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Handle } from './sending.ts';

/** The server ends a poll without news after 20 s or so. */
const POLL_WITHIN_MS = 70_000;
/** A server that is away, or a run that has closed, is asked again after this time. */
const AGAIN_AFTER_MS = 2000;

export class GrowingHistory {
  readonly #handle: Handle;
  readonly #signal: AbortSignal;
  /** Where the next poll begins; empty: at the start of the execution that is current then. */
  #token: Uint8Array = new Uint8Array();
  #polling: Promise<void> | null = null;

  constructor(handle: Handle, signal: AbortSignal) {
    this.#handle = handle;
    this.#signal = signal;
  }

  /** Resolves when the history has grown, or may have; never rejects. All who wait share one poll. */
  grown(): Promise<void> {
    this.#polling ??= this.#poll().finally(() => (this.#polling = null));
    return this.#polling;
  }

  async #poll(): Promise<void> {
    while (!this.#signal.aborted) {
      try {
        const events = await this.#next();
        if (this.#token.length === 0) await this.#pause();
        if (events > 0) return;
      } catch {
        this.#token = new Uint8Array();
        return this.#pause();
      }
    }
  }

  /** How many events have come. Without a token for the next ones the execution is over; another one may go on. */
  async #next(): Promise<number> {
    const { client, workflowId } = this.#handle;
    const answer = await client.connection.withAbortSignal(this.#signal, () =>
      client.connection.withDeadline(Date.now() + POLL_WITHIN_MS, () =>
        client.workflowService.getWorkflowExecutionHistory({
          namespace: client.options.namespace,
          execution: { workflowId },
          nextPageToken: this.#token,
          waitNewEvent: true,
          skipArchival: true,
        }),
      ),
    );
    this.#token = answer.nextPageToken ?? new Uint8Array();
    return answer.history?.events?.length ?? 0;
  }

  #pause(): Promise<void> {
    return sleep(AGAIN_AFTER_MS, undefined, { signal: this.#signal }).catch(() => {});
  }
}
