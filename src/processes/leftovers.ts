/** What a killed writer leaves beside the file it was about to replace. */
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';

/** `<name>.new` is the trainer's and the publisher's, `<name>.<digits>` is write-file-atomic's. */
const TEMPORARY = /\.new$|\.(json|md|html|pdf|svg|js|asked)\.\d+$/;

/**
 * Removes temporary files of writers that are gone.
 *
 * @param of - Only those whose name begins so; without it, all in the folder, which must then have no living writer.
 */
export async function dropLeftovers(folder: string, of = ''): Promise<void> {
  const left = (await readdir(folder)).filter((name) => name.startsWith(of) && TEMPORARY.test(name));
  await Promise.all(left.map((name) => rm(path.join(folder, name), { recursive: true, force: true })));
}
