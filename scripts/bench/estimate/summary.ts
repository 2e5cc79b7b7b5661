/** How near estimates came: a row for each kind of run. */
import { table } from '../advice/markdown.ts';
import type { Watched } from './watched.ts';

const WITHIN = 0.2;
const SHARES = [0.25, 0.5, 0.75];

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const percent = (value: number): string => `${Math.round(100 * value)} %`;
const share = (runs: readonly Watched[], holds: (run: Watched) => boolean): string =>
  percent(mean(runs.map((run) => (holds(run) ? 1 : 0))));

const near = (middle: number, real: number): boolean => Math.abs(real / middle - 1) <= WITHIN;
/** The newest estimate once so much of the run's seconds had passed. */
const after = ({ told, seconds }: Watched, part: number) =>
  told.findLast(({ at }) => at <= part * seconds)!.estimate.seconds;

export function summary(rows: readonly [string, Watched[]][]): string {
  const head = [
    'runs',
    'number',
    'seconds: estimated at first, real (mean)',
    'real within ±20 % of the first',
    'within its range',
    'width of the range',
    'trainings within their range',
    ...SHARES.map((part) => `within ±20 % after ${percent(part)}`),
  ];
  const line = ([name, runs]: readonly [string, Watched[]]) => [
    name,
    String(runs.length),
    `${mean(runs.map(({ first }) => first.seconds.middle)).toFixed(0)}, ${mean(runs.map(({ seconds }) => seconds)).toFixed(0)}`,
    share(runs, ({ first, seconds }) => near(first.seconds.middle, seconds)),
    share(runs, ({ first: { seconds: of }, seconds }) => of.low <= seconds && seconds <= of.high),
    percent(mean(runs.map(({ first: { seconds: of } }) => (of.high - of.low) / of.middle))),
    share(runs, ({ first: { trainings: of }, trainings }) => of.low <= trainings && trainings <= of.high),
    ...SHARES.map((part) => share(runs, (run) => near(after(run, part).middle, run.seconds))),
  ];
  const all = rows.flatMap(([, runs]) => runs);
  return table(head, [...rows.map(line), line(['all', all])]);
}
