/** The store of a configuration, one for each address in a process: its connections are kept. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { said } from '../domain/said.ts';
import { bucketOf } from '../domain/storePlace.ts';
import { PROJECT_ROOT } from '../projectRoot.ts';
import { folderStore } from './folderStore.ts';
import { s3Store } from './s3Store.ts';
import { StoreTrouble } from './store.ts';
import type { Store } from './store.ts';

const opened = new Map<string, Store>();

/** Nothing is asked of the store yet. Relative folders begin at the project, as OUTPUT_DIR_ROOT does. */
export function openStore(store: string): Store {
  const bucket = bucketOf(store);
  const found = opened.get(store) ?? (bucket ? s3Store(store, bucket) : folderStore(path.resolve(PROJECT_ROOT, store)));
  opened.set(store, found);
  return found;
}

/** A name that no run can have, so that it is nobody's. */
const CHECKS = '.checks';

/**
 * Does once what a run does all the time: writes, reads, lists and removes.
 *
 * @throws StoreTrouble when one of them fails.
 */
export async function checkStore(store: Store): Promise<void> {
  const key = `${CHECKS}/${randomUUID()}`;
  await store.write(key, key);
  const [read, listed] = [await store.read(key), await store.list(CHECKS)];
  await store.remove(key);
  if (read?.toString() !== key || !listed.some((file) => file.key === key))
    throw new StoreTrouble('refused', said`STORE ${store.name} does not give back what was just written to it`);
}
