/** Whether a winner is one: on the tables against the truth, on flat landscapes against luck, and what held-out intervals cover. */
import { bestOf, counted } from '../measures.ts';
import type { Estimate, Line, Results } from '../measures.ts';
import { figure, percent, table } from '../markdown.ts';
import { FLAT, LONG, OWN, PLANTED, SHORT } from '../plan.ts';
import type { Job } from '../settings.ts';
import { COMPARED } from './comparison.ts';

const MODES = ['by_parameter', 'by_parameter, 2 noise seeds', 'adaptive', 'free'];
/** A winner that is worse by less than this much regret is as good as the default for anybody. */
const NOTICEABLE = 0.02;

/** What a run ends with: after the ship rule, or the best measured where there is none. */
const ends = (line: Line, trainings: number): number => line.shipped ?? bestOf(counted(line).slice(0, trainings));

/** @param by - Regret by which it must be worse. */
export function trulyWorse(
  results: Results,
  grids: readonly string[],
  method: string,
  starts: readonly Job['start'][],
  trainings: number,
  by = 0,
): Estimate | null {
  const prefix = COMPARED.find((one) => one.method === method)?.prefix;
  return results.pool(grids, method, starts, prefix ? LONG : trainings, (line) => {
    const regret = (place: number) => results.regret(line.grid, place);
    return Number(regret(ends(line, trainings)) - regret(line.trainings[0]![0]) > by);
  });
}

/** By what the ship rule makes the regret higher (or lower). */
export function costOfShipping(
  results: Results,
  grids: readonly string[],
  method: string,
  starts: readonly Job['start'][],
  trainings: number,
): Estimate | null {
  return results.pool(
    grids,
    method,
    starts,
    trainings,
    (line) =>
      results.regret(line.grid, line.shipped!) - results.regret(line.grid, bestOf(counted(line).slice(0, trainings))),
  );
}

export function winners(results: Results, grids: readonly string[]): string {
  const starts: Job['start'][] = ['R', 'M'];
  const cells = (method: string) =>
    starts.flatMap((start) =>
      [SHORT, LONG].map((trainings) => percent(trulyWorse(results, grids, method, [start], trainings))),
    );
  const noticeably = (method: string) =>
    [SHORT, LONG].map((trainings) => percent(trulyWorse(results, grids, method, starts, trainings, NOTICEABLE)));
  const cost = (method: string) =>
    [SHORT, LONG].map((trainings) => figure(costOfShipping(results, grids, method, starts, trainings)));
  return table(
    [
      'winner truly worse than the default',
      '10, R',
      '19, R',
      '10, M',
      '19, M',
      `by more than ${NOTICEABLE} of regret, 10 / 19`,
      'regret that the ship rule costs, 10 / 19',
    ],
    ['original', 'tpe', 'gp', ...MODES].map((method) => [
      MODES.includes(method) ? `**this agent, ${method}** (after the ship rule)` : method,
      ...cells(method),
      noticeably(method).join(' / '),
      MODES.includes(method) ? cost(method).join(' / ') : '–',
    ]),
  );
}

const WHOLE = 'by_parameter, whole';

/** Shares of whole runs that end in one way or another. */
export function shares(results: Results, grids: readonly string[], method = WHOLE) {
  const share = (is: (line: Line) => boolean) => results.pool(grids, method, ['M'], SHORT, (line) => Number(is(line)));
  const truthOf = ({ grid }: Line) => results.grids.get(grid)!.truth;
  const held = ({ grid }: Line) => results.grids.get(grid)!.held_truth!;
  const covered = results.pool(grids, method, ['M'], SHORT, (line) => {
    if (!line.difference) return null;
    const truth = held(line)[line.shipped!]! - held(line)[line.trainings[0]![0]]!;
    return Number(line.difference.low <= truth && truth <= line.difference.high);
  });
  return {
    accepted: share((line) => line.shipped !== line.trainings[0]![0]),
    better: share(({ verdict }) => verdict === 'better'),
    publishedWorse: share(
      (line) => line.published === 'best' && held(line)[line.shipped!]! < held(line)[line.trainings[0]![0]]!,
    ),
    found: share((line) => truthOf(line)[line.shipped!]! > truthOf(line)[line.trainings[0]![0]]!),
    measuredBest: share((line) => truthOf(line)[bestOf(counted(line))]! > truthOf(line)[line.trainings[0]![0]]!),
    covered,
  };
}

export function luck(results: Results): string {
  const rows = [...FLAT, ...PLANTED].map((grid) => {
    const { accepted, better, found, covered } = shares(results, [grid]);
    const runs = accepted ? String(accepted.runs) : '0';
    const planted = PLANTED.includes(grid);
    return [grid, runs, percent(accepted), percent(better), planted ? percent(found) : '–', percent(covered)];
  });
  return table(
    [
      'landscape',
      'runs',
      'a winner other than the default',
      'said better',
      'planted gain found',
      'interval covers the truth',
    ],
    rows,
  );
}

/** The same on this trainer's own table. */
export function verdicts(results: Results): string {
  const methods = [WHOLE, 'by_parameter, whole, no_gain', 'adaptive, whole'];
  return table(
    [
      'whole runs on the own table',
      'runs',
      'a winner other than the default',
      'said better',
      'published, and worse',
      'interval covers the truth',
    ],
    methods.map((method) => {
      const { accepted, better, publishedWorse, covered } = shares(results, [OWN], method);
      return [
        method,
        String(accepted?.runs ?? 0),
        percent(accepted),
        percent(better),
        percent(publishedWorse),
        percent(covered),
      ];
    }),
  );
}
