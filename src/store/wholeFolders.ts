/**
 * Folders in a store: the files first, and a list of them, with sizes and digests, last. A folder without its list is
 * not there; one whose files are not those of its list is refused by who takes it.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import pLimit from 'p-limit';
import { z } from 'zod';
import { syncDirectory } from '../processes/syncDirectory.ts';
import { syncFolder } from '../processes/syncFolder.ts';
import type { Store } from './store.ts';

const listSchema = z.object({
  v: z.literal(1),
  files: z.record(z.string(), z.object({ size: z.int().min(0), sha256: z.string() })),
});
type FileList = z.infer<typeof listSchema>['files'];

const LIST_ENDING = '.whole.json';
/** Beside the folder, so that the folder in the store has the files of the local one and no other. */
export const listOf = (folder: string): string => `${folder}${LIST_ENDING}`;

/** The folder that a key is the list of; null for any other key. */
export const folderOf = (key: string): string | null =>
  key.endsWith(LIST_ENDING) ? key.slice(0, -LIST_ENDING.length) : null;

/**
 * Puts a folder into the store; one that is there with the same files costs a look.
 *
 * @throws StoreTrouble; an error of the file system, ENOENT too when the folder goes meanwhile.
 */
export async function putFolder(store: Store, local: string, folder: string, signal?: AbortSignal): Promise<void> {
  const files = await describe(local);
  const there = await readList(store, folder);
  if (there && same(there, files) && (await isComplete(store, folder, files))) return;
  // From here on the former folder is none any more, so that nobody takes a mixture.
  if (there) await store.remove(listOf(folder));
  const sizes = await sizesIn(store, folder);
  await sideBySide(files, async (name) => {
    const { size, sha256 } = files[name]!;
    const key = `${folder}/${name}`;
    const own = `${store.name} ${key}`;
    if (sizes.get(key) === size && arrived.get(own) === sha256) return;
    await store.upload(path.join(local, ...name.split('/')), key, signal);
    arrived.set(own, sha256);
  });
  for (const name of Object.keys(files)) arrived.delete(`${store.name} ${folder}/${name}`);
  for (const { key } of await store.list(folder))
    if (!Object.hasOwn(files, key.slice(folder.length + 1))) await store.remove(key);
  signal?.throwIfAborted();
  await store.write(listOf(folder), JSON.stringify({ v: 1, files }));
}

/**
 * Brings a folder from the store, whole and by rename; what stands in its place goes.
 *
 * @returns Whether it is there now; false when the store has it not, or other files than its list says.
 */
export async function takeFolder(store: Store, folder: string, local: string, signal?: AbortSignal): Promise<boolean> {
  const files = await readList(store, folder);
  if (!files) return false;
  const fresh = `${local}.${randomUUID()}.new`;
  try {
    await mkdir(fresh, { recursive: true });
    const found = await sideBySide(files, async (name) => {
      const file = path.join(fresh, ...name.split('/'));
      await mkdir(path.dirname(file), { recursive: true });
      return store.download(`${folder}/${name}`, file, signal);
    });
    if (found.includes(false) || !same(await describe(fresh), files)) return false;
    await syncFolder(fresh);
    await rm(local, { recursive: true, force: true });
    await rename(fresh, local);
    await syncDirectory(path.dirname(local));
    return true;
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** The list goes first: what is left of a removal that was cut off is no folder. */
export async function removeWhole(store: Store, folder: string): Promise<void> {
  await store.remove(listOf(folder));
  await store.removeFolder(folder);
}

/**
 * Digests of files that this process has put for folders that are not whole yet: a store that answers one request in two
 * would else begin with the first file for ever.
 */
const arrived = new Map<string, string>();

/** A model has many small files, and each costs a store its time. */
const AT_ONCE = 4;

/** Ends when all have ended, so that nothing goes on behind a failure. */
async function sideBySide<T>(files: FileList, work: (name: string) => Promise<T>): Promise<T[]> {
  const atOnce = pLimit(AT_ONCE);
  const outcomes = await Promise.allSettled(Object.keys(files).map((name) => atOnce(() => work(name))));
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}

/** Whether every file of a list is there, by its size; a store in which somebody has removed one is mended so. */
async function isComplete(store: Store, folder: string, files: FileList): Promise<boolean> {
  const sizes = await sizesIn(store, folder);
  return Object.entries(files).every(([name, { size }]) => sizes.get(`${folder}/${name}`) === size);
}

const sizesIn = async (store: Store, folder: string): Promise<Map<string, number>> =>
  new Map((await store.list(folder)).map(({ key, size }) => [key, size]));

async function readList(store: Store, folder: string): Promise<FileList | null> {
  const text = await store.read(listOf(folder));
  if (!text) return null;
  try {
    const { files } = listSchema.parse(JSON.parse(text.toString()));
    return Object.keys(files).every(isInside) ? files : null;
  } catch {
    return null;
  }
}

/** A list that somebody has changed must not lead out of the folder. */
const isInside = (name: string): boolean => name.split('/').every((part) => !['', '.', '..'].includes(part));

async function describe(folder: string): Promise<FileList> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files: FileList = {};
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const digest = createHash('sha256');
    await pipeline(createReadStream(file), digest);
    const name = path.relative(folder, file).split(path.sep).join('/');
    files[name] = { size: (await stat(file)).size, sha256: digest.digest('hex') };
  }
  return files;
}

function same(one: FileList, other: FileList): boolean {
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && one[name]!.sha256 === other[name]!.sha256)
  );
}
