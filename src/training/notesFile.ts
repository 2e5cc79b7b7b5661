/** Notes of people on a run and its trials: `notes.json` in the run's folder, written whole and durably. */
import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { readIfThere } from '../processes/readIfThere.ts';
import { syncDirectory } from '../processes/syncDirectory.ts';
import type { RunLayout } from './layout.ts';
import { said } from '../domain/said.ts';

const LONGEST_NOTE = 4000;
const MOST_NOTES = 1000;

/** `trial`: its number, or null for the run. `at`: unix milliseconds. */
export const noteSchema = z.object({
  id: z.string().max(100),
  trial: z.int().min(1).nullable(),
  text: z.string().trim().min(1).max(LONGEST_NOTE),
  at: z.number(),
});
export type Note = z.infer<typeof noteSchema>;
const fileSchema = z.object({ v: z.literal(1), notes: z.array(noteSchema) });

/** The notes file cannot be read: it is not written over, since people wrote it. */
export class DamagedNotes extends Error {}

/** In the order in which they were written. @throws DamagedNotes */
export async function readNotes({ notes: file }: RunLayout): Promise<Note[]> {
  const text = await readIfThere(file);
  if (text === null) return [];
  try {
    return fileSchema.parse(JSON.parse(text)).notes;
  } catch {
    throw new DamagedNotes(said`${file} holds no notes that can be read; mend or remove it`);
  }
}

/** @throws DamagedNotes; RangeError when the run has as many notes as it may have. */
export function addNote(layout: RunLayout, given: Pick<Note, 'trial' | 'text'>): Promise<Note> {
  return change(layout, (notes) => {
    if (notes.length >= MOST_NOTES) throw new RangeError(said`a run has at most ${MOST_NOTES} notes`);
    const note = { id: randomUUID(), trial: given.trial, text: given.text.trim(), at: Date.now() };
    return { notes: [...notes, note], told: note };
  });
}

/** False when there is no such note. @throws DamagedNotes */
export function removeNote(layout: RunLayout, id: string): Promise<boolean> {
  return change(layout, (notes) => {
    const left = notes.filter((note) => note.id !== id);
    return { notes: left, told: left.length < notes.length };
  });
}

/** Changes of one file follow each other; the dashboard is the only process that writes it. */
const turns = new Map<string, Promise<unknown>>();

function change<Told>(layout: RunLayout, how: (notes: Note[]) => { notes: Note[]; told: Told }): Promise<Told> {
  const work = async (): Promise<Told> => {
    const before = await readNotes(layout);
    const { notes, told } = how(before);
    if (notes.length === before.length) return told;
    await mkdir(layout.root, { recursive: true });
    await writeFileAtomic(layout.notes, `${JSON.stringify({ v: 1, notes }, null, 2)}\n`);
    await syncDirectory(path.dirname(layout.notes));
    return told;
  };
  const mine = (turns.get(layout.notes) ?? Promise.resolve()).then(work, work);
  const settled = mine.catch(() => {});
  turns.set(layout.notes, settled);
  void settled.then(() => turns.get(layout.notes) === settled && turns.delete(layout.notes));
  return mine;
}
