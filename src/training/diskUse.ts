/** The room that folders take on the disk. */
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';

const BLOCK = 512;

/**
 * Bytes that these folders take together. A file with several names in them counts once; links are not followed. What
 * disappears meanwhile takes none.
 */
export async function diskBytes(folders: readonly string[]): Promise<number> {
  const seen = new Set<string>();
  let bytes = 0;
  const open = [...folders];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      const there = path.join(folder, entry.name);
      if (entry.isDirectory()) {
        open.push(there);
        continue;
      }
      const facts = await lstat(there).catch(() => null);
      if (!facts || seen.has(`${facts.dev}:${facts.ino}`)) continue;
      seen.add(`${facts.dev}:${facts.ino}`);
      // Windows has no count of blocks.
      bytes += facts.blocks === undefined ? facts.size : facts.blocks * BLOCK;
    }
  }
  return bytes;
}
