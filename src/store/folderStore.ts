/**
 * A store in a folder that all hosts have mounted. The folder itself is never made: where it is missing, its mount is
 * missing, and what was written below would lie on a local disk that nobody else sees.
 */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import type { Dirent } from 'node:fs';
import { copyFile, mkdir, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { hostname } from 'node:os';
import { said } from '../domain/said.ts';
import { syncDirectory } from '../processes/syncDirectory.ts';
import { StoreTrouble } from './store.ts';
import type { Store, StoredFile } from './store.ts';

/** Ends the names of files that are being written, which are no files of the store yet. */
const TEMPORARY = '.new';
const LEFT_AFTER_MS = 24 * 3600 * 1000;
/** Errors that a person has to mend. */
const REFUSED: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR']);

/** @param root - Absolute path. */
export function folderStore(root: string): Store {
  const at = (key: string): string => path.join(root, ...key.split('/'));

  /** Work on the store's files: what fails in it is the store's trouble. */
  const there = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      const found = await stat(root);
      if (!found.isDirectory()) throw Object.assign(new Error(said`it is no folder`), { code: 'ENOTDIR' });
      return await work();
    } catch (error) {
      throw troubleOf(root, error as NodeJS.ErrnoException);
    }
  };

  /** Puts what `fill` writes in a file's place, in one step and durably. */
  const replace = (key: string, fill: (temporary: string) => Promise<void>): Promise<void> =>
    there(async () => {
      const file = at(key);
      const temporary = `${file}.${randomUUID()}${TEMPORARY}`;
      await mkdir(path.dirname(file), { recursive: true });
      try {
        await fill(temporary);
        const written = await open(temporary, 'r');
        await written.sync().finally(() => written.close());
        await rename(temporary, file);
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
      await syncDirectory(path.dirname(file));
    });

  return {
    name: root,
    read: (key) => there(() => readFile(at(key)).catch(nullIfMissing)),
    write: (key, content) =>
      replace(key, async (temporary) => {
        const file = await open(temporary, 'wx', 0o600);
        await file.writeFile(content).finally(() => file.close());
      }),
    upload: async (file, key, signal) => {
      // A local file that is gone is no trouble of the store.
      await stat(file);
      signal?.throwIfAborted();
      await replace(key, (temporary) => copyFile(file, temporary, constants.COPYFILE_FICLONE));
    },
    download: async (key, file, signal) => {
      signal?.throwIfAborted();
      const copied = () => copyFile(at(key), file, constants.COPYFILE_FICLONE).then(() => true);
      return (await there(() => copied().catch(nullIfMissing))) ?? false;
    },
    list: (folder) => there(() => filesBelow(at(folder), folder)),
    remove: (key) => there(() => rm(at(key), { force: true })),
    removeFolder: (folder) => there(() => rm(at(folder), { recursive: true, force: true })),
  };
}

async function filesBelow(folder: string, key: string): Promise<StoredFile[]> {
  const entries = (await readdir(folder, { recursive: true, withFileTypes: true }).catch(nullIfMissing)) ?? [];
  const files = entries.filter((entry) => entry.isFile() && !entry.name.endsWith(TEMPORARY));
  await Promise.all(entries.filter((entry) => entry.isFile() && entry.name.endsWith(TEMPORARY)).map(dropIfLeft));
  const found = await Promise.all(
    files.map(async (entry) => {
      const file = path.join(entry.parentPath, entry.name);
      // It may go between the look at its folder and this one.
      const facts = await stat(file).catch(nullIfMissing);
      return facts && { key: [key, ...path.relative(folder, file).split(path.sep)].join('/'), size: facts.size };
    }),
  );
  return found.filter((file) => file !== null).sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** What a killed writer has left: no file takes a day to be written. */
async function dropIfLeft(entry: Dirent): Promise<void> {
  const file = path.join(entry.parentPath, entry.name);
  const facts = await stat(file).catch(nullIfMissing);
  if (facts && Date.now() - facts.mtimeMs > LEFT_AFTER_MS) await rm(file, { force: true });
}

function nullIfMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}

function troubleOf(root: string, error: NodeJS.ErrnoException): Error {
  if (error instanceof StoreTrouble || error.code === undefined) return error;
  if (error.code === 'ENOENT')
    return new StoreTrouble('away', said`the store's folder ${root} is not there on ${hostname()}: mount or make it`, {
      cause: error,
    });
  const kind = REFUSED.has(error.code) ? 'refused' : 'away';
  return new StoreTrouble(kind, said`the store in ${root} cannot be used on ${hostname()}: ${error.message}`, {
    cause: error,
  });
}
