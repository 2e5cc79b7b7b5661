/** Bringing a whole folder to the disk. */
import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { syncDirectory } from './syncDirectory.ts';

/** Brings everything below a folder to the disk, so that a power cut after a rename of it cannot leave half of it. */
export async function syncFolder(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const there = path.join(entry.parentPath, entry.name);
    if (entry.isDirectory()) await syncDirectory(there);
    if (!entry.isFile()) continue;
    const file = await open(there, 'r');
    await file.sync();
    await file.close();
  }
  await syncDirectory(folder);
}
