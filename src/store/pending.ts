/**
 * What is still to be put into the store, remembered on the disk beside what it is about: a mark goes down before the
 * first try and goes when one has succeeded, so neither a store that is away nor a worker that dies makes it forgotten.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, readdir, rm, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isThere, keyOf, putFile } from './runStore.ts';
import type { RunStore } from './runStore.ts';
import { putArchive } from './storedArchive.ts';
import { putTrial, unlessGone } from './storedTrials.ts';
import { putFolder } from './wholeFolders.ts';

/** `name` is the trial's id, the call's id, or the file of the report. */
export interface Due {
  what: 'trial' | 'call' | 'best' | 'record' | 'report';
  name: string;
  /** Tells one mark of the same thing from the next: what was marked anew meanwhile is still to be put. */
  token?: string;
}

const folderOf = ({ layout }: RunStore): string => path.join(layout.root, 'store-pending');
// A run has one report, whose place is no file name: it stands in the mark.
const markOf = (stored: RunStore, { what, name }: Due): string =>
  path.join(folderOf(stored), what === 'report' ? `${what}.` : `${what}.${name}`);

/** Marks something as to be put. */
export async function markDue(stored: RunStore, due: Due): Promise<void> {
  await mkdir(folderOf(stored), { recursive: true });
  await writeFile(markOf(stored, due), `${randomUUID()}\n${due.name}`);
}

/** Small things first, so that no large one holds them up. */
const ORDER: readonly Due['what'][] = ['call', 'record', 'report', 'trial', 'best'];
/** Whether it comes without a model. */
export const isSmall = (what: Due['what']): boolean => what !== 'trial' && what !== 'best';

/** Everything that is marked here, in the order in which it is to be put. */
export async function allDue(stored: RunStore): Promise<Due[]> {
  const marks = (await readdir(folderOf(stored)).catch(() => [])).sort();
  const found = await Promise.all(
    marks.map(async (mark): Promise<Due[]> => {
      const { what, rest = '' } = /^(?<what>trial|call|best|record|report)\.(?<rest>.*)$/.exec(mark)?.groups ?? {};
      if (what === undefined) return [];
      const [token = '', report = ''] = (await readMark(path.join(folderOf(stored), mark))).split('\n');
      return [{ what: what as Due['what'], name: what === 'report' ? report : rest, token }];
    }),
  );
  return found.flat().sort((a, b) => ORDER.indexOf(a.what) - ORDER.indexOf(b.what));
}

/** Puts it, and takes its mark away. Done twice, it does nothing more. */
export async function putDue(stored: RunStore, due: Due, signal?: AbortSignal): Promise<void> {
  await PUT[due.what](stored, due.name, signal);
  const [token] = (await readMark(markOf(stored, due))).split('\n');
  if (token !== due.token) return;
  await rm(markOf(stored, due), { force: true });
  // The last one takes the folder along.
  await rmdir(folderOf(stored)).catch(() => {});
}

const readMark = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '');

type Put = (stored: RunStore, name: string, signal?: AbortSignal) => Promise<unknown>;

const PUT: Record<Due['what'], Put> = {
  trial: putTrial,
  call: (stored, name, signal) => putFile(stored, path.join(stored.layout.adviser, `${name}.json`), signal),
  record: async (stored, _name, signal) => {
    await putArchive(stored, signal);
    await putFile(stored, stored.layout.record, signal);
  },
  best: async (stored, _name, signal) => {
    const { bestModel } = stored.layout;
    await unlessGone(putFolder(stored.store, bestModel, keyOf(stored, bestModel), signal));
  },
  report: async (stored, markdown, signal) => {
    const { dir, name } = path.parse(markdown);
    const at = (...parts: string[]): string => [stored.run, 'reports', ...parts].join('/');
    for (const ending of ['.md', '.html'])
      if (await isThere(path.join(dir, name + ending)))
        await stored.store.upload(path.join(dir, name + ending), at(name + ending), signal);
    // Its charts, by the names that the Markdown has for them.
    for (const chart of await readdir(path.join(dir, name)).catch(() => []))
      await stored.store.upload(path.join(dir, name, chart), at(name, chart), signal);
  },
};
