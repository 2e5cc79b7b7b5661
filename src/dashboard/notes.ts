/** Notes of people on a run and its trials. */
import type { Context } from 'hono';
import type { z } from 'zod';
import { DamagedNotes, addNote, noteSchema, removeNote } from '../training/notesFile.ts';
import { Unusable, bodyOf } from './body.ts';
import type { Runs } from './runs.ts';

const givenSchema = noteSchema.pick({ trial: true, text: true });
export type GivenNote = z.infer<typeof givenSchema>;

/** 201: the note; 400: none that can be kept; 404: the run has no such trial. */
export async function writeNote(context: Context, runs: Runs, run: string): Promise<Response> {
  try {
    const given = await bodyOf(context, givenSchema);
    const { state, layout } = await runs.found(run);
    if (given.trial !== null && !state.trials.some(({ number }) => number === given.trial))
      return context.json({ error: `${run} has no trial ${given.trial}` }, 404);
    return context.json(await addNote(layout, given), 201);
  } catch (error) {
    if (error instanceof Unusable || error instanceof RangeError) return context.json({ error: error.message }, 400);
    if (error instanceof DamagedNotes) return context.json({ error: error.message }, 409);
    throw error;
  }
}

export async function dropNote(context: Context, runs: Runs, run: string, id: string): Promise<Response> {
  try {
    const { layout } = await runs.found(run);
    if (await removeNote(layout, id)) return context.body(null, 204);
    return context.json({ error: `${run} has no note ${id.slice(0, 100)}` }, 404);
  } catch (error) {
    if (error instanceof DamagedNotes) return context.json({ error: error.message }, 409);
    throw error;
  }
}
