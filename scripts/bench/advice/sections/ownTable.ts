/** This trainer's own table: its noise, its curves, and what pruning and slots do on it. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { PROJECT_ROOT } from '../../../../src/projectRoot.ts';
import { bestOf, counted, pooled, secondsOf } from '../measures.ts';
import type { Estimate, Line, Results } from '../measures.ts';
import { figure, percent, table } from '../markdown.ts';
import { LONG, OWN, SHORT } from '../plan.ts';

interface Row {
  config: number[];
  seed: number;
  curve: [number, number][];
  dev: number | null;
  held_out: number;
  cpu_seconds: number;
}

export async function readTable(): Promise<{ grid: Record<string, (string | number)[]>; rows: Row[] }> {
  const text = await readFile(path.join(PROJECT_ROOT, 'trainer', 'benchmarks', 'table', 'table.json'), 'utf8');
  const { grid, columns, rows } = JSON.parse(text) as {
    grid: Record<string, (string | number)[]>;
    columns: string[];
    rows: unknown[][];
  };
  const named = rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index]])));
  return { grid, rows: (named as unknown as Row[]).filter(({ dev }) => dev !== null) };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Standard deviation between seeds, pooled over the cells that have several. */
function spread(cells: readonly Row[][], of: (row: Row) => number): number | null {
  let [squares, freedom] = [0, 0];
  for (const rows of cells.filter(({ length }) => length > 1)) {
    const middle = mean(rows.map(of));
    squares += rows.reduce((sum, row) => sum + (of(row) - middle) ** 2, 0);
    freedom += rows.length - 1;
  }
  return freedom === 0 ? null : Math.sqrt(squares / freedom);
}

const cellsOf = (rows: readonly Row[]): Row[][] =>
  [...Map.groupBy(rows, ({ config }) => config.join()).values()].map((cell) => [...cell]);

const show = (value: number | null, digits = 4): string => (value === null ? 'not measured' : value.toFixed(digits));

/** How large the table is, its noise by learning rate, and how much a look says about the end. */
export async function facts(): Promise<string> {
  const { grid, rows } = await readTable();
  const cells = cellsOf(rows);
  const several = cells.filter(({ length }) => length > 1).length;
  const rates = grid['LEARNING_RATE']!;
  const byRate = rates.map((rate, index) => {
    const own = cells.filter(([row]) => row!.config[0] === index);
    const all = own.flat();
    return [
      String(rate),
      String(all.length),
      show(mean(all.map(({ dev }) => dev!))),
      show(Math.max(...all.map(({ dev }) => dev!))),
      show(spread(own, ({ dev }) => dev!)),
      show(spread(own, ({ held_out }) => held_out)),
    ];
  });
  const looks = rows[0]!.curve.length;
  const byLook = Array.from({ length: looks - 1 }, (_, look) => {
    const seen = rows.map(({ curve }) => curve[look]?.[1] ?? curve.at(-1)![1]);
    const end = rows.map(({ dev }) => dev!);
    const gains = end.map((dev, index) => dev - seen[index]!).sort((a, b) => a - b);
    return [
      `${look + 1} of ${looks}`,
      correlation(seen, end).toFixed(2),
      show(gains[Math.floor(gains.length / 2)]!),
      show(gains[Math.floor(gains.length * 0.95)]!),
    ];
  });
  return [
    `${cells.length} configurations, ${rows.length} trainings; ${several} configurations have two seeds or more, the default ${Math.max(...cells.map(({ length }) => length))}.`,
    `Mean processor seconds of a training: ${mean(rows.map(({ cpu_seconds }) => cpu_seconds)).toFixed(1)}.`,
    `Correlation of the dev score with the held-out one over all trainings: ${correlation(
      rows.map(({ dev }) => dev!),
      rows.map(({ held_out }) => held_out),
    ).toFixed(2)}.`,
    '',
    table(['LEARNING_RATE', 'trainings', 'mean dev score', 'best', 'between seeds, dev (sd)', 'held-out (sd)'], byRate),
    '',
    table(
      ['look', 'correlation with the final score', 'gained after it, median', 'gained after it, 95th of 100'],
      byLook,
    ),
  ].join('\n');
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const [middleA, middleB] = [mean(a), mean(b)];
  const sum = (of: (index: number) => number) => a.reduce((total, _, index) => total + of(index), 0);
  const both = sum((index) => (a[index]! - middleA) * (b[index]! - middleB));
  return both / Math.sqrt(sum((index) => (a[index]! - middleA) ** 2) * sum((index) => (b[index]! - middleB) ** 2));
}

/** Held-out truth of the best measured when a run is over. */
const quality = (results: Results, line: Line, trainings = SHORT): number =>
  results.grids.get(OWN)!.held_truth![bestOf(counted(line).slice(0, trainings))]!;

/** Seconds of training until the best measured is truly as good on held-out data; those of the whole run if it never is. */
function secondsTo(results: Results, line: Line, wanted: number): number {
  const trainings = counted(line);
  for (let done = 1; done <= trainings.length; done += 1)
    if (quality(results, line, done) >= wanted) return secondsOf(trainings.slice(0, done));
  return secondsOf(trainings) * 2;
}

/** Seconds to the mean held-out quality that TPE reaches with 10 trainings, as a share of TPE's own for those 10. */
export function secondsToTpe(results: Results, method: string): Estimate | null {
  const tpe = results.of(OWN, 'tpe', 'M', LONG);
  const lines = results.of(OWN, method, 'M', LONG);
  if (tpe.length === 0 || lines.length === 0) return null;
  const wanted = mean(tpe.map((line) => quality(results, line)));
  const own = mean(tpe.map((line) => secondsTo(results, line, wanted)));
  return pooled([lines.map((line) => secondsTo(results, line, wanted) / own)]);
}

/** Trainings ended early: how many, what they saved, and how many of them would have won. */
export function pruned(results: Results, method: string) {
  const lines = results.of(OWN, method, 'M', SHORT);
  const plain = results.of(OWN, method.split(',')[0]!, 'M', SHORT);
  const ratio = (of: (line: Line) => number) => (lines.length > 0 ? pooled([lines.map(of)]) : null);
  return {
    share: ratio((line) => counted(line).filter(([, score]) => score === null).length / (counted(line).length - 1)),
    seconds:
      lines.length > 0 && plain.length > 0
        ? pooled([lines.map((line) => secondsOf(counted(line)) / mean(plain.map((one) => secondsOf(counted(one)))))])
        : null,
    lost: ratio((line) => Number(lostWinner(line))),
    regret: ratio((line) => results.regret(OWN, bestOf(counted(line)))),
    plainRegret: plain.length > 0 ? pooled([plain.map((line) => results.regret(OWN, bestOf(counted(line))))]) : null,
  };
}

/** Whether a training that was ended early would have had the highest score so far. */
function lostWinner(line: Line): boolean {
  let best = -Infinity;
  for (const [, score, , , , would] of counted(line)) {
    if (score === null && would! > best) return true;
    best = Math.max(best, score ?? -Infinity);
  }
  return false;
}

export function pruningAndSlots(results: Results): string {
  const rows = ['by_parameter, pruning', 'adaptive, pruning'].map((method) => {
    const { share, seconds, lost, regret, plainRegret } = pruned(results, method);
    return [
      method,
      percent(share),
      figure(seconds, 2),
      percent(lost),
      `${figure(regret)} against ${figure(plainRegret)}`,
    ];
  });
  const base = results.of(OWN, 'adaptive', 'M', SHORT);
  const slots = ['adaptive', 'adaptive, 2 slots', 'adaptive, 4 slots'].map((method) => {
    const lines = results.of(OWN, method, 'M', SHORT);
    const time =
      lines.length > 0 ? pooled([lines.map((line) => line.makespan! / mean(base.map((one) => one.makespan!)))]) : null;
    const regret = lines.length > 0 ? pooled([lines.map((line) => results.regret(OWN, bestOf(counted(line))))]) : null;
    return [method, figure(time, 2), figure(regret)];
  });
  return [
    table(
      [
        'pruning',
        'trainings ended early',
        'seconds, share of without',
        'runs that lost a better score',
        'regret at 10',
      ],
      rows,
    ),
    '',
    table(['slots, one thread each', 'time of the trainings, share of one slot', 'regret at 10'], slots),
  ].join('\n');
}
