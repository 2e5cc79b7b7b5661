/** What the benchmark is held against, with what was measured beside each. */
import type { Estimate, Results } from '../measures.ts';
import { NOT_MEASURED, figure, percent, table } from '../markdown.ts';
import { FLAT, LONG, PLANTED, SHORT, TABLES } from '../plan.ts';
import type { Job } from '../settings.ts';
import { COMPARED, regretAt } from './comparison.ts';
import { secondsToTpe } from './ownTable.ts';
import { paired, trainingsToSame, trialsToFirstBest } from './people.ts';
import { costOfShipping, shares, trulyWorse } from './trust.ts';

const of = (method: string) => COMPARED.find((one) => one.method === method)!;

export function targets(results: Results, kept: readonly string[]): string {
  const regret = (method: string, start: Job['start'], grids: readonly string[] = TABLES) =>
    [SHORT, LONG].map((trainings) => figure(regretAt(results, grids, of(method), start, trainings))).join(' / ');
  const worse = (method: string, trainings: number) =>
    percent(trulyWorse(results, TABLES, method, ['R', 'M'], trainings));
  const cost = (method: string) =>
    [SHORT, LONG]
      .map((trainings) => figure(costOfShipping(results, TABLES, method, ['R', 'M'], trainings)))
      .join(' / ');
  const flat = shares(results, FLAT);
  const planted = shares(results, PLANTED);
  const covered = shares(results, [...FLAT, ...PLANTED]).covered;
  const share = (value: number | null) => (value === null ? NOT_MEASURED : value.toFixed(2));
  const hint = (method: string) => share(trainingsToSame(results, method, ['R', 'M']));
  const costInTrainings = (() => {
    const value = trainingsToSame(results, 'adaptive, misleading hint', ['R', 'M']);
    return value === null ? NOT_MEASURED : `${((value - 1) * SHORT).toFixed(1)} trainings`;
  })();
  return table(
    ['what', 'release 0.2.0', 'target', 'measured'],
    [
      ['regret at 10 / 19, R: by_parameter', '.323 / .301', '≤ .24 / ≤ .155', regret('by_parameter', 'R')],
      ['the same, M', '.255 / .252', '≤ .23 / ≤ .155', regret('by_parameter', 'M')],
      ['adaptive, R', '–', '≤ .21 / ≤ .135', regret('adaptive', 'R')],
      ['free, R', '–', '≤ .21 / ≤ .135', regret('free', 'R')],
      ['adaptive, M', '–', '≤ .21 / ≤ .13', regret('adaptive', 'M')],
      ['free, M', '–', '≤ .21 / ≤ .13', regret('free', 'M')],
      ['adaptive, R, on the six tables kept for the end', '–', '≤ .235 / ≤ .15', regret('adaptive', 'R', kept)],
      ['free, R, on the six tables kept for the end', '–', '≤ .235 / ≤ .15', regret('free', 'R', kept)],
      [
        'winner truly worse than the default, 12 tables, at 10 / 19: by_parameter',
        '11–16 %',
        '≤ 1 % / ≤ 2 %',
        `${worse('by_parameter', SHORT)} / ${worse('by_parameter', LONG)}`,
      ],
      ['adaptive', '–', '≤ 1 % / ≤ 2 %', `${worse('adaptive', SHORT)} / ${worse('adaptive', LONG)}`],
      [
        'what that costs in regret: by_parameter; adaptive',
        '–',
        '≤ .03',
        `${cost('by_parameter')}; ${cost('adaptive')}`,
      ],
      [
        'a winner accepted, said better, on flat landscapes',
        '91 %, 3–17 %',
        '–, ≤ 5 %',
        `${percent(flat.accepted)}, ${percent(flat.better)}`,
      ],
      [
        'a planted gain of 2σ is found',
        '–',
        '≥ 80 %',
        `${percent(planted.found)} (said better: ${percent(planted.better)})`,
      ],
      ['held-out interval covers the truth (made-up pairs)', '9 of 15 same-default pairs', '≥ 93 %', percent(covered)],
      [
        "training seconds to TPE-10's held-out quality, own table: adaptive; free",
        '≥ 1',
        '≤ 0.5',
        `${figure(secondsToTpe(results, 'adaptive'), 2)}; ${figure(secondsToTpe(results, 'free'), 2)}`,
      ],
      [
        'whole run, same trainings, 2 cores, against the plain loop',
        '0.94',
        '≤ 0.7',
        `${NOT_MEASURED} here (npm run bench:speed)`,
      ],
      ["a newcomer's default run, 2 cores", '3:15', '≤ 3:45', `${NOT_MEASURED} here`],
      [
        "trials to the first run's best, second run on similar data",
        '1',
        '≤ 0.6',
        figure(trialsToFirstBest(results, 'adaptive, after similar data', ['M']), 2),
      ],
      [
        'on dissimilar data',
        '–',
        '≤ 1.05',
        figure(trialsToFirstBest(results, 'adaptive, after dissimilar data', ['M']), 2),
      ],
      ["a person's good hint: trainings to the same regret", '–', '≤ 0.6', hint('adaptive, good hint')],
      ["a person's misleading hint costs", '–', '≤ 2 trainings', costInTrainings],
      ['adversarial adviser, regret against without, at 10 / 19', '–', '≤ .02', adversarial(results)],
    ],
  );
}

function adversarial(results: Results): string {
  const at = (trainings: number): Estimate | null => paired(results, 'adaptive, worst adviser', ['R', 'M'], trainings);
  return [SHORT, LONG].map((trainings) => figure(at(trainings))).join(' / ');
}
