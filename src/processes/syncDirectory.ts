/** Bringing what was renamed or made in a folder to the disk. */
import { open } from 'node:fs/promises';

/** Makes renames in a folder survive a power cut, where the system can. */
export async function syncDirectory(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const directory = await open(folder, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
