/** The words of `schedule`. */
import Table from 'cli-table3';
import type { Execution, KnownSchedule } from '../../runs/knownSchedules.ts';
import { language, t, translated } from '../../words/catalogue.ts';
import { plain, styled } from '../screen.ts';

/** `2026-11-30 02:00`, at the schedule's place. */
const momentIn = (iso: string, timeZone: string): string =>
  new Date(iso).toLocaleString('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });

export function scheduleTable(known: readonly KnownSchedule[]): string {
  const head = [t`schedule`, t`times`, t`next time`, t`last time`, t`what became of it`];
  const table = new Table({
    head,
    style: { head: [], border: [] },
    wordWrap: true,
    colWidths: [null, null, null, null, 60],
  });
  for (const one of known) {
    const [last] = one.executions;
    table.push([
      plain(one.name),
      timesOf(one),
      nextOf(one),
      last ? momentIn(last.at, one.timezone) : '–',
      last ? executionWords(last) : '–',
    ]);
  }
  return table.toString();
}

const timesOf = ({ cron, timezone }: KnownSchedule): string => plain(`${cron} (${timezone})`);

function nextOf({ paused, next, timezone }: KnownSchedule): string {
  if (paused) return t`paused`;
  return next[0] === undefined ? t`never` : momentIn(next[0], timezone);
}

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

export function scheduleLines(one: KnownSchedule): string[] {
  return [
    `${styled('bold', plain(one.name))}  ${timesOf(one)}`,
    one.always ? t`begins a run each time` : t`begins a run when the data have changed since its last one`,
    one.paused ? t`paused: it begins nothing until it is resumed` : t`next: ${timesAhead(one) || t`never`}`,
    ...one.executions.map((execution) => `  ${momentIn(execution.at, one.timezone)}  ${executionWords(execution)}`),
    ...(one.skippedBusy > 0 ? [t`${one.skippedBusy} times came while the one before was not done`] : []),
    ...(one.missed > 0 ? [t`${one.missed} times passed while no server ran`] : []),
  ];
}

const SHOWN_AHEAD = 3;

const timesAhead = ({ next, timezone }: KnownSchedule): string =>
  next
    .slice(0, SHOWN_AHEAD)
    .map((time) => momentIn(time, timezone))
    .join(language() === 'zh' ? '，' : ', ');

/** @param local - Whether it lives on the local stack. */
export function addedLines(one: KnownSchedule, local: boolean): string[] {
  return [
    t`Schedule ${styled('bold', one.name)} added. Its configuration stays as it is now; next: ${timesAhead(one) || t`never`} (${one.timezone})`,
    ...(local
      ? [
          t`It lives on the local stack: while that is down, nothing begins; a time missed is made up for within 7 days.`,
        ]
      : []),
    t`Try it: npm run schedule -- run-now ${one.name}`,
  ];
}
