/** The archive of a long run in its store: several hosts may add to it, and nobody's lines replace another's. */
import { mkdir } from 'node:fs/promises';
import { addOthersArchive } from '../training/archiveFile.ts';
import { isThere, keyOf, putFile } from './runStore.ts';
import type { RunStore } from './runStore.ts';

/** Brings what the store has of the archive and this machine lacks. */
export async function takeArchive(stored: RunStore): Promise<void> {
  const { archive, root } = stored.layout;
  const text = await stored.store.read(keyOf(stored, archive));
  if (!text) return;
  await mkdir(root, { recursive: true });
  await addOthersArchive(stored.layout, text.toString());
}

/** Puts the archive into the store, with what others have added there. */
export async function putArchive(stored: RunStore, signal?: AbortSignal): Promise<void> {
  if (!(await isThere(stored.layout.archive))) return;
  await takeArchive(stored);
  await putFile(stored, stored.layout.archive, signal);
}
