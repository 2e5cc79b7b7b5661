/**
 * Putting a training's checkpoints into the store beside the training: the latest wins, and nothing waits for it. What
 * fails is told and left: the next one brings more.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { RunStore } from '../store/runStore.ts';
import { claimedBy, putCheckpoint, putClaim } from '../store/storedCheckpoints.ts';

/** What is left of the time that a leaving worker has, after its training has written a checkpoint. */
const LAST_ONE_MS = 3000;

export interface CheckpointUploads {
  /** A checkpoint was written. */
  offer: (step: number) => void;
  /** No more are to come; `finish`: the last one is given a moment to arrive. */
  end: (finish: boolean) => Promise<void>;
}

const NONE: CheckpointUploads = { offer: () => {}, end: async () => {} };

/** @param claimed - Whether the store knows already that this attempt trains. */
export function checkpointUploads(
  stored: RunStore | null,
  trial: string,
  { token, earlier, claimed }: { token: string; earlier: readonly string[]; claimed: boolean },
): CheckpointUploads {
  if (!stored) return NONE;
  const { log } = Context.current();
  const ending = new AbortController();
  let next: number | null = null;
  let known = claimed;
  let uploading: Promise<void> | null = null;

  /** Not when another host has claimed the trial, or finished it. One that could not be claimed before is now. */
  const isMine = async (): Promise<boolean> => {
    const by = await claimedBy(stored, trial);
    if (by === token) return true;
    if (known || (by !== null && !earlier.includes(by))) return false;
    await putClaim(stored, trial, token);
    known = true;
    return true;
  };
  const uploadAll = async (): Promise<void> => {
    for (let step = next; step !== null && !ending.signal.aborted; step = next) {
      next = null;
      try {
        if (!(await isMine())) return log.warn('another host trains this trial now; its checkpoints count', { trial });
        await putCheckpoint(stored, trial, step, ending.signal);
      } catch (error) {
        if (ending.signal.aborted) return;
        log.warn('a checkpoint could not be put into the store', { trial, step, message: (error as Error).message });
      }
    }
  };
  return {
    offer: (step) => {
      next = step;
      uploading ??= uploadAll().finally(() => (uploading = null));
    },
    end: async (finish) => {
      if (!uploading) return;
      if (finish) await Promise.race([uploading, sleep(LAST_ONE_MS)]);
      ending.abort();
      await uploading;
    },
  };
}
