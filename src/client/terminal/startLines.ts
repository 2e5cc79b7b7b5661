/** The lines of a run that begins or is left: what it trains on, what it will take, where it is seen, how to come back. */
import { firstText } from '../../domain/estimateWords.ts';
import type { RunProgress } from '../../domain/progress.ts';
import { t } from '../../words/catalogue.ts';
import { styled } from '../screen.ts';
import type { Addresses } from './ending.ts';
import { copyable, labelled } from './view.ts';
import type { View } from './view.ts';
import { reasonText, told } from './words.ts';

/** Where a run is to be seen, and how it is left. */
export function placeLines({ webUi, dashboard }: Addresses, view: View): string[] {
  const place = (name: string, where: string | null) =>
    where ? copyable(name, where, view).map((line) => styled('dim', line)) : [];
  return [...place(t`dashboard`, dashboard), ...place('Web UI', webUi)];
}

/** Which rows the run uses, and how many. */
export function dataLines({ data }: RunProgress, view: View): string[] {
  if (!data) return [];
  const count = (rows: number | null) =>
    rows === null ? t`none` : rows === 0 ? t`an unknown number` : rows.toLocaleString('en-US');
  const [train, dev, test] = [data.train, data.dev, data.test].map(count);
  return labelled(
    t`data`,
    t`${told(data.source)}: ${train} rows to train on, ${dev} for the score, ${test} held out`,
    view,
  );
}

/** Who advises. */
export const adviserLines = ({ adviser }: RunProgress, view: View): string[] =>
  adviser ? labelled(t`adviser`, told(adviser.note), view) : [];

/** What a run will take and what its data can show: told once, before its first training. */
export function expectationLines({ estimate, visible }: RunProgress, view: View): string[] {
  return [
    ...(estimate ? labelled(t`expected`, reasonText(firstText(estimate.first)), view) : []),
    // Data that are too few are among the notes.
    ...(visible && !visible.hopeless
      ? labelled(t`precision`, reasonText(visible.text), view).map((line) => styled('dim', line))
      : []),
  ];
}

export const noteLines = (note: string, view: View): string[] =>
  labelled(t`note`, told(note), view).map((line) => styled('yellow', line));

/** A person leaves: the run goes on, and this is how to come back to it. */
export function leavingLines(run: string, { dashboard }: Addresses, view: View): string[] {
  const command = (name: string, text: string) => copyable(name, text, view);
  return [
    '',
    t`The run goes on without this terminal.`,
    ...command(t`come back`, `npm run attach -- ${run}`),
    ...command(t`end it`, `npm run decide -- ${run} stop-now`),
    ...(dashboard ? command(t`dashboard`, dashboard) : []),
  ];
}
