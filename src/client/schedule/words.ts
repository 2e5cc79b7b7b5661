/** The words of `schedule`. */
import { runWords } from '../../runs/adviserSettings.ts';
import type { Execution, KnownSchedule } from '../../runs/knownSchedules.ts';
import { t, translated } from '../../words/catalogue.ts';
import { plain, styled } from '../screen.ts';
import { LOG, copyable, joined, labelled, wrapped } from '../terminal/view.ts';
import type { View } from '../terminal/view.ts';

/** `2026-11-30 02:00`, at the schedule's place. */
const momentIn = (iso: string, timeZone: string): string =>
  new Date(iso).toLocaleString('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });

/** Each with its next and its last time. */
export const listLines = (known: readonly KnownSchedule[], view: View = LOG): string[] =>
  known.flatMap((one, index) => {
    const [last] = one.executions;
    return [
      ...(index > 0 ? [''] : []),
      headLine(one),
      ...nextLines(one, 1, view),
      ...labelled(t`last time`, last ? momentIn(last.at, one.timezone) : t`none yet`, view),
      ...(last ? labelled('', executionWords(last), view) : []),
    ];
  });

const headLine = (one: KnownSchedule): string => `${styled('bold', plain(one.name))}  ${timesOf(one)}`;

const timesOf = ({ cron, timezone }: KnownSchedule): string => plain(`${cron} (${timezone})`);

/** @param ahead - How many of its next times are shown where they fit. */
function nextLines({ paused, next, timezone }: KnownSchedule, ahead: number, view: View): string[] {
  const times = next.slice(0, ahead).map((time) => momentIn(time, timezone));
  const shown = joined(times, Math.min(view.width, WIDEST) - INDENT) || t`never`;
  return labelled(t`next time`, paused ? t`paused: it begins nothing until it is resumed` : shown, view);
}

/** Of a line that is not broken, and of what stands before its text. */
const WIDEST = 100;
const INDENT = 15;

/** What became of one execution. */
export function executionWords({ outcome, why, run }: Execution): string {
  const because = why === null ? '' : plain(translated(why));
  switch (outcome) {
    case 'began':
      return t`began ${run}: ${because}`;
    case 'skipped':
      return t`skipped: ${because}`;
    case 'failed':
      return t`failed: ${because}`;
    case 'running':
      return t`looks at the data, or waits for a worker`;
    case 'unknown':
      return t`the server has forgotten it`;
  }
}

export function scheduleLines(one: KnownSchedule, view: View = LOG): string[] {
  const does = one.always ? t`begins a run each time` : t`begins a run when the data have changed since its last one`;
  const counted = [
    ...(one.skippedBusy > 0 ? [t`times that came while the one before was not done: ${one.skippedBusy}`] : []),
    ...(one.missed > 0 ? [t`times that passed while no server ran: ${one.missed}`] : []),
  ];
  return [
    headLine(one),
    ...indented(does, view),
    ...adviserLines(one, view),
    ...nextLines(one, SHOWN_AHEAD, view),
    ...one.executions.flatMap((execution) =>
      // Two spaces between them: a moment is wider than the names of the other lines.
      labelled(`${momentIn(execution.at, one.timezone)} `, executionWords(execution), view),
    ),
    ...counted.flatMap((text) => indented(text, view)),
  ];
}

/** Who advises its runs; without a key of its own, how it gets one. */
function adviserLines({ name, adviser }: KnownSchedule, view: View): string[] {
  const isGone = adviser.keyFrom === 'gone';
  const mended = adviser.ADVISER !== 'local' && (isGone || adviser.keyFrom === 'none');
  return [
    ...labelled(t`adviser`, isGone ? t`the search model alone (the schedule's key is gone)` : runWords(adviser), view),
    ...(mended ? copyable(t`with a key`, `npm run schedule -- resume ${name}`, view) : []),
  ];
}

const indented = (text: string, view: View): string[] => wrapped(text, view, 2).map((line) => `  ${line}`);

const SHOWN_AHEAD = 3;

/** @param local - Whether it lives on the local stack. */
export const addedLines = (one: KnownSchedule, local: boolean, view: View = LOG): string[] => [
  ...wrapped(t`Schedule ${styled('bold', one.name)} added. Its configuration stays as it is now.`, view),
  ...labelled(t`times`, timesOf(one), view),
  ...nextLines(one, SHOWN_AHEAD, view),
  ...adviserLines(one, view),
  ...copyable(t`try it`, `npm run schedule -- run-now ${one.name}`, view),
  ...(local
    ? wrapped(
        t`It lives on the local stack: while that is down, nothing begins; a time missed is made up for within 7 days.`,
        view,
      )
    : []),
];
