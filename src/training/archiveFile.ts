/**
 * The archive of a long run: a line for each training, note, decision and refusal that its workflow has forgotten.
 *
 * The file is only appended to, and an item that is there already is not written again; so it may be kept twice, and a
 * line that a crash cut off is written whole by the next attempt.
 */
import { open } from 'node:fs/promises';
import { z } from 'zod';
import type { Archive, Away } from '../domain/archive.ts';
import { takenFrom } from '../domain/archive.ts';
import type { DecisionRecord, Refusal, RunState } from '../domain/runState.ts';
import { ofSearch } from '../domain/trials.ts';
import type { Trial } from '../domain/trials.ts';
import { seededName, studyTrial } from '../domain/studyRequest.ts';
import type { ArchivedStudy, StudyRequest } from '../domain/study.ts';
import { jsonLines } from '../processes/jsonLines.ts';
import { readIfThere } from '../processes/readIfThere.ts';
import { syncDirectory } from '../processes/syncDirectory.ts';
import type { RunLayout } from './layout.ts';

/** `at`: the number of a trial, else how many of its kind came before it. The items are what this product wrote. */
const lineSchema = z.object({
  kind: z.enum(['trials', 'notes', 'decisions', 'refusals']),
  at: z.int().min(0),
  item: z.unknown(),
});
type Line = z.infer<typeof lineSchema>;

/** Adds what is to be put away, durably. */
export async function addToArchive(layout: RunLayout, state: RunState, away: Away): Promise<void> {
  const { trials, notes, decisions, refusals } = takenFrom(state, away);
  const words = (kind: 'notes' | 'decisions' | 'refusals', items: readonly unknown[]): Line[] =>
    items.map((item, index) => ({ kind, at: state.archived[kind] + index, item }));
  const lines: Line[] = [
    ...trials.map((trial) => ({ kind: 'trials' as const, at: trial.number, item: trial })),
    ...words('notes', notes),
    ...words('decisions', decisions),
    ...words('refusals', refusals),
  ];
  await addLines(layout, lines);
}

/** Adds what another machine's archive of the run has and this one lacks. */
export const addOthersArchive = (layout: RunLayout, text: string): Promise<void> => addLines(layout, linesIn(text));

async function addLines({ archive, root }: RunLayout, lines: readonly Line[]): Promise<void> {
  const text = (await readIfThere(archive)) ?? '';
  const there = new Set(linesIn(text).map(nameOf));
  const fresh = lines.filter((line) => !there.has(nameOf(line))).map((line) => `${JSON.stringify(line)}\n`);
  if (fresh.length === 0) return;
  const file = await open(archive, 'a');
  try {
    await file.write(`${text === '' || text.endsWith('\n') ? '' : '\n'}${fresh.join('')}`);
    await file.sync();
  } finally {
    await file.close();
  }
  await syncDirectory(root);
}

const nameOf = ({ kind, at }: Line): string => `${kind} ${at}`;

/** What the archive of a run has; nothing where there is none. */
export async function readArchive({ archive }: RunLayout): Promise<Archive> {
  const lines = linesIn((await readIfThere(archive)) ?? '').sort((a, b) => a.at - b.at);
  const of = <Item>(kind: Line['kind']): Item[] =>
    lines.flatMap((line) => (line.kind === kind ? [line.item as Item] : []));
  return {
    trials: of<Trial>('trials'),
    notes: of<string>('notes'),
    decisions: of<DecisionRecord>('decisions'),
    refusals: of<Refusal>('refusals'),
  };
}

const linesIn = (text: string): Line[] => jsonLines(text, lineSchema);

/** The question with the trainings that its run has archived here, in the order of the run. */
export async function withArchivedTrials(
  { archived, ...study }: ArchivedStudy,
  layout: RunLayout,
): Promise<{ study: StudyRequest; missing: number }> {
  const here = new Set(archived.except);
  const trials = (await readArchive(layout)).trials.filter(({ number }) => !here.has(number));
  const known = new Set(study.trials.map(seededName));
  // What was taken up again is in the run's own list by now.
  const earlier = trials
    .filter(ofSearch)
    .map((trial) => studyTrial(trial, study.spaces))
    .filter((trial) => !known.has(seededName(trial)));
  return {
    study: { ...study, trials: [...earlier, ...study.trials] },
    missing: Math.max(0, archived.trials - trials.length),
  };
}
