/** What a report is made from: the run's state, and the curves that lie in its trials' directories. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { RunState } from '../domain/runState.ts';
import { jsonLines } from '../processes/jsonLines.ts';
import { runLayout } from '../training/layout.ts';
import type { RunLayout, SecondAttempt } from '../training/layout.ts';
import { DamagedNotes, readNotes } from '../training/notesFile.ts';
import type { Note } from '../training/notesFile.ts';

const number = z.number().nullable();
const curvesSchema = z.object({
  curve: z.array(z.object({ step: z.int(), epoch: number, loss: number, learning_rate: number })),
  /** `counts`: a look that may become the trial's score; absent before 0.4.0, when every evaluation was one. */
  evals: z.array(z.object({ step: z.int(), epoch: number, score: number, counts: z.boolean().optional() })),
  precision: z.string().optional(),
  peak_memory_mb: z.number().nullish(),
});
const secondAttemptSchema = z.object({
  at: z.string(),
  activity: z.string(),
  attempt: z.int(),
  what: z.string().optional(),
  note: z.string().optional(),
});
export type Curves = z.infer<typeof curvesSchema>;

export interface ReportFacts {
  state: RunState;
  workflowId: string;
  /** By trial id; a trial whose files are on another machine has none. */
  curves: Map<string, Curves>;
  /** Activities that were begun again on this machine. */
  secondAttempts: SecondAttempt[];
  /** What people noted on trials, by their number, or on the run (null). */
  notesOfPeople: Note[];
}

export async function gatherFacts(state: RunState, workflowId: string): Promise<ReportFacts> {
  const layout = runLayout(state.config.DEFAULT_CONFIG.OUTPUT_DIR_ROOT, state.run);
  const found = await Promise.all(
    state.trials.map(
      async (trial) =>
        [trial.id, await readJson(path.join(layout.trial(trial.id), 'result.json'), curvesSchema)] as const,
    ),
  );
  return {
    state,
    workflowId,
    curves: new Map(found.flatMap(([id, curves]) => (curves ? [[id, curves] as const] : []))),
    secondAttempts: await readSecondAttempts(layout.secondAttempts),
    notesOfPeople: await notesThere(layout),
  };
}

const readSecondAttempts = async (file: string): Promise<SecondAttempt[]> =>
  jsonLines(await readFile(file, 'utf8').catch(() => ''), secondAttemptSchema);

/** A file of notes that is damaged is told by the dashboard, which people mend it at; a report is written all the same. */
const notesThere = (layout: RunLayout): Promise<Note[]> =>
  readNotes(layout).catch((error: unknown) => {
    if (error instanceof DamagedNotes) return [];
    throw error;
  });

/** Null for a file that is not there, or not what it should be: a report is written all the same. */
async function readJson<Schema extends z.ZodType>(file: string, schema: Schema): Promise<z.infer<Schema> | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
