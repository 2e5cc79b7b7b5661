/** A second folder with the same files, whose large ones take no room of their own where the file system can. */
import { constants } from 'node:fs';
import { copyFile, link, mkdir, readdir, stat } from 'node:fs/promises';
import path from 'node:path';

/** Smaller files are copied: people edit them, and an edit must not reach the other folder. */
const SHARED_FROM_BYTES = 1024 * 1024;

/** @param except - Names of files, at the top, that the new folder gets from elsewhere. */
export async function shareFolder(from: string, to: string, { except }: { except: readonly string[] }): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (entry.isDirectory()) await shareFolder(source, target, { except: [] });
    else if (entry.isFile() && !except.includes(entry.name)) await shareFile(source, target);
  }
}

/** A clone shares until one of them is changed; a hard link shares for ever; a copy is what is left. */
async function shareFile(source: string, target: string): Promise<void> {
  const ways = [
    () => copyFile(source, target, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL),
    ...((await stat(source)).size >= SHARED_FROM_BYTES ? [() => link(source, target)] : []),
  ];
  for (const share of ways) {
    try {
      return await share();
    } catch (error) {
      if (!CANNOT_SHARE.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
  await copyFile(source, target, constants.COPYFILE_EXCL);
}

/** What file systems answer that have no clones or links, or not across these two places. */
const CANNOT_SHARE = new Set([
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EXDEV',
  'EINVAL',
  'EPERM',
  'EMLINK',
  'ENOTTY',
  'EBADF',
]);
