/** What hints, earlier runs and language models do to a run. */
import { bestOf, counted, pooled } from '../measures.ts';
import type { Estimate, Line, Results } from '../measures.ts';
import { figure, table } from '../markdown.ts';
import { LONG, SHORT, TABLES } from '../plan.ts';
import type { Job } from '../settings.ts';

const PLAIN = 'adaptive';

const regretAfter = (results: Results, line: Line, trainings: number): number =>
  results.regret(line.grid, bestOf(counted(line).slice(0, trainings)));

/** Difference of a method's regret to the plain one's, run by run: the same table, default, seed. */
export function paired(
  results: Results,
  method: string,
  starts: readonly Job['start'][],
  trainings: number,
): Estimate | null {
  return results.pool(TABLES, method, starts, LONG, (line) => {
    const plain = results.of(line.grid, PLAIN, line.start, LONG).find(({ run }) => run === line.run);
    return plain ? regretAfter(results, line, trainings) - regretAfter(results, plain, trainings) : null;
  });
}

/** Mean regret after each number of trainings, over the runs that both methods have. */
function curve(results: Results, method: string, starts: readonly Job['start'][]): number[] | null {
  const at = (trainings: number) =>
    results.pool(TABLES, method, starts, LONG, (line) => regretAfter(results, line, trainings))?.mean ?? null;
  const means = Array.from({ length: LONG }, (_, index) => at(index + 1));
  return means.includes(null) ? null : (means as number[]);
}

/** Trainings until the mean regret is what it is without after ten, as a share of ten; null: never within 19. */
export function trainingsToSame(results: Results, method: string, starts: readonly Job['start'][]): number | null {
  const [without, with_] = [curve(results, PLAIN, starts), curve(results, method, starts)];
  if (!without || !with_) return null;
  const wanted = without[SHORT - 1]!;
  const reached = with_.findIndex((regret) => regret <= wanted);
  if (reached < 0) return Infinity;
  if (reached === 0) return 1 / SHORT;
  const [before, after] = [with_[reached - 1]!, with_[reached]!];
  return (reached + (before - wanted) / (before - after)) / SHORT;
}

/** Trainings until a run is as good as the plain run's best after ten truly is, as a share of what the plain run needed. */
export function trialsToFirstBest(results: Results, method: string, starts: readonly Job['start'][]): Estimate | null {
  const needed = (line: Line, wanted: number): number => {
    const { truth } = results.grids.get(line.grid)!;
    const at = counted(line).findIndex(([place]) => truth[place]! >= wanted);
    return at < 0 ? LONG + 1 : at + 1;
  };
  const ratios = TABLES.map((grid) => {
    const { truth } = results.grids.get(grid)!;
    const pairs = starts.flatMap((start) =>
      results.of(grid, method, start, LONG).flatMap((line) => {
        const plain = results.of(grid, PLAIN, start, LONG).find(({ run }) => run === line.run);
        if (!plain) return [];
        const wanted = truth[bestOf(counted(plain).slice(0, SHORT))]!;
        return [[needed(line, wanted), needed(plain, wanted)] as const];
      }),
    );
    const own = pairs.reduce((sum, [, second]) => sum + second, 0) / pairs.length;
    return pairs.map(([first]) => first / own);
  });
  return pooled(ratios);
}

const share = (value: number | null): string =>
  value === null ? 'not measured' : value === Infinity ? `more than ${LONG / SHORT}` : value.toFixed(2);

export function told(results: Results): string {
  const rows: [string, string, Job['start'][]][] = [
    ['a person names the best values of the first three keys', 'adaptive, good hint', ['R', 'M']],
    ['a person names the farthest values of the first three keys', 'adaptive, misleading hint', ['R', 'M']],
    ['the best of an earlier run on the most similar table', 'adaptive, after similar data', ['M']],
    ['the best of an earlier run on the least similar table', 'adaptive, after dissimilar data', ['M']],
    ['a language model that proposes what is worst, each time', 'adaptive, worst adviser', ['R', 'M']],
    [
      'a language model that proposes anything, with the usual keys in its plan',
      'adaptive, random adviser',
      ['R', 'M'],
    ],
    ['a language model that proposes the best of five random values', 'adaptive, good adviser', ['R', 'M']],
  ];
  return table(
    [
      'beside the adaptive search',
      'regret at 10, against without',
      'at 19',
      'trainings to the regret that 10 bring without, as a share',
      "trainings to the plain run's own best of 10, as a share",
    ],
    rows.map(([words, method, starts]) => [
      `${words} (${starts.join(', ')})`,
      figure(paired(results, method, starts, SHORT)),
      figure(paired(results, method, starts, LONG)),
      share(trainingsToSame(results, method, starts)),
      figure(trialsToFirstBest(results, method, starts), 2),
    ]),
  );
}
