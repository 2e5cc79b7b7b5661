/** The digest of a model's folder, as the trainer makes it (`digest_of_folder` in `files.py`). */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';

/** SHA-256 over the sorted names and hashes of all files below a folder, as hex. */
export async function modelDigest(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep))
    .sort(byParts);
  const total = createHash('sha256');
  for (const parts of names) {
    const file = createHash('sha256');
    await pipeline(createReadStream(path.join(folder, ...parts)), file);
    total.update(`${parts.join('/')}\0${file.digest('hex')}\n`);
  }
  return total.digest('hex');
}

/** Python's order of paths: part by part. */
function byParts(a: string[], b: string[]): number {
  for (let index = 0; index < Math.min(a.length, b.length); index += 1)
    if (a[index] !== b[index]) return a[index]! < b[index]! ? -1 : 1;
  return a.length - b.length;
}
