/** Regret at equal trainings and at equal seconds of training, against other ways. */
import { bestOf, bestWithin, counted, secondsOf } from '../measures.ts';
import type { Estimate, Line, Results } from '../measures.ts';
import { figure, table } from '../markdown.ts';
import { LONG, SHORT } from '../plan.ts';
import type { Job } from '../settings.ts';

/** In the order in which they are shown; `prefix`: a short run is the beginning of a long one. */
export const COMPARED: { method: string; words: string; prefix: boolean }[] = [
  { method: 'random', words: 'random', prefix: true },
  { method: 'original', words: 'scheme of 0.2.0, the same three keys', prefix: false },
  { method: 'original-width', words: 'scheme of 0.2.0, the width as third key', prefix: false },
  { method: 'tpe', words: 'Optuna TPE, all keys, multivariate', prefix: true },
  { method: 'gp', words: "scikit-learn's Gaussian process, all keys, EI", prefix: true },
  { method: 'by_parameter', words: '**this agent, by_parameter**', prefix: false },
  { method: 'adaptive', words: '**this agent, adaptive**', prefix: false },
  { method: 'free', words: '**this agent, free**', prefix: false },
];

/** Regret of the best measured among the first trainings of each run. */
export function regretAt(
  results: Results,
  grids: readonly string[],
  { method, prefix }: { method: string; prefix: boolean },
  start: Job['start'],
  trainings: number,
): Estimate | null {
  return results.pool(grids, method, [start], prefix ? LONG : trainings, (line) =>
    results.regret(line.grid, bestOf(counted(line).slice(0, trainings))),
  );
}

/** Regret of the default itself. */
const ofDefault = (results: Results, grids: readonly string[], start: Job['start']): Estimate | null =>
  results.pool(grids, 'random', [start], LONG, (line) => results.regret(line.grid, line.trainings[0]![0]));

/** Rows of methods, columns of starts and lengths; rows without any figure are left out. */
export function atEqualTrainings(results: Results, grids: readonly string[], starts: readonly Job['start'][]): string {
  const columns = starts.flatMap((start) => [SHORT, LONG].map((trainings) => ({ start, trainings })));
  const rows = COMPARED.map((one) => ({
    words: one.words,
    cells: columns.map(({ start, trainings }) => regretAt(results, grids, one, start, trainings)),
  })).filter(({ cells }) => cells.some((cell) => cell !== null));
  const first = ['the default itself', ...columns.map(({ start }) => figure(ofDefault(results, grids, start)))];
  return table(
    ['regret of the best measured', ...columns.map(({ start, trainings }) => `${trainings} trainings, ${start}`)],
    [first, ...rows.map(({ words, cells }) => [words, ...cells.map((cell) => figure(cell))])],
  );
}

/** The same after as many seconds of training as TPE took for its first 10 or 19, run by run. */
export function atEqualSeconds(results: Results, grids: readonly string[], starts: readonly Job['start'][]): string {
  const columns = starts.flatMap((start) => [SHORT, LONG].map((trainings) => ({ start, trainings })));
  const allowed = (line: Line, trainings: number): number | null => {
    const tpe = results.of(line.grid, 'tpe', line.start, LONG).find(({ run }) => run === line.run);
    return tpe ? secondsOf(tpe.trainings.slice(0, trainings)) : null;
  };
  const rows = COMPARED.map(({ method, words }) => ({
    words,
    cells: columns.map(({ start, trainings }) =>
      results.pool(grids, method, [start], LONG, (line) => {
        const seconds = allowed(line, trainings);
        return seconds === null ? null : results.regret(line.grid, bestWithin(counted(line), seconds));
      }),
    ),
  })).filter(({ cells }) => cells.some((cell) => cell !== null));
  return table(
    [
      'regret of the best measured',
      ...columns.map(({ start, trainings }) => `in the time of ${trainings} of TPE's, ${start}`),
    ],
    rows.map(({ words, cells }) => [words, ...cells.map((cell) => figure(cell))]),
  );
}
