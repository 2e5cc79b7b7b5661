/** A second folder with the same files, whose large ones take no room of their own where the file system can. */
import { constants } from 'node:fs';
import { copyFile, link, mkdir, readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';

/** Smaller files are copied: people edit them, and an edit must not reach the other folder. */
const SHARED_FROM_BYTES = 1024 * 1024;

export interface Sharing {
  /** Names of files, at the top, that the new folder gets from elsewhere. */
  except: readonly string[];
  /** False: no hard links, since the files are somebody else's and an edit of the new folder must never reach them. */
  links?: boolean;
}

/** Symbolic links are followed (the hub's cache is made of them); names with a leading dot stay behind. */
export async function shareFolder(from: string, to: string, { except, links = true }: Sharing): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const name of await readdir(from)) {
    if (name.startsWith('.')) continue;
    const source = await realpath(path.join(from, name));
    const target = path.join(to, name);
    const kind = await stat(source);
    if (kind.isDirectory()) await shareFolder(source, target, { except: [], links });
    else if (kind.isFile() && !except.includes(name))
      await shareFile(source, target, links && kind.size >= SHARED_FROM_BYTES);
  }
}

/** A clone shares until one of them is changed; a hard link shares for ever; a copy is what is left. */
async function shareFile(source: string, target: string, mayLink: boolean): Promise<void> {
  const ways = [
    () => copyFile(source, target, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL),
    ...(mayLink ? [() => link(source, target)] : []),
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
