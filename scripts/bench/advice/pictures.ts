/** Regret against trainings, as a picture. */
import { writeFile } from 'node:fs/promises';
import type { TopLevelSpec } from 'vega-lite';
import { renderSvg } from '../../../src/reports/charts/render.ts';
import { bestOf, counted, secondsOf } from './measures.ts';
import type { Results } from './measures.ts';
import { LONG } from './plan.ts';
import type { Job } from './settings.ts';

const SHOWN: [method: string, words: string][] = [
  ['random', 'random'],
  ['original', 'scheme of 0.2.0'],
  ['tpe', 'Optuna TPE'],
  ['gp', 'scikit-learn GP'],
  ['by_parameter', 'by_parameter'],
  ['adaptive', 'adaptive'],
  ['free', 'free'],
];

interface Point {
  panel: string;
  method: string;
  x: number;
  regret: number;
}

/** @param x - `trainings`: their number; `seconds`: their seconds, as a share of what TPE takes for all of its own. */
function points(
  results: Results,
  grids: readonly string[],
  start: Job['start'],
  panel: string,
  x: 'trainings' | 'seconds',
): Point[] {
  const tpe = results.pool(grids, 'tpe', [start], LONG, ({ trainings }) => secondsOf(trainings));
  return SHOWN.flatMap(([method, words]) =>
    Array.from({ length: LONG }, (_, index) => index + 1).flatMap((trainings) => {
      const first = (line: Parameters<typeof counted>[0]) => counted(line).slice(0, trainings);
      const regret = results.pool(grids, method, [start], LONG, (line) =>
        results.regret(line.grid, bestOf(first(line))),
      );
      const seconds = results.pool(grids, method, [start], LONG, (line) => secondsOf(first(line)));
      if (!regret || (x === 'seconds' && (!tpe || !seconds))) return [];
      return [
        { panel, method: words, x: x === 'trainings' ? trainings : seconds!.mean / tpe!.mean, regret: regret.mean },
      ];
    }),
  );
}

function chart(values: Point[], title: string): TopLevelSpec {
  return {
    data: { values },
    facet: { field: 'panel', type: 'nominal', title: null, header: { labelFontSize: 12 } },
    spec: {
      width: 320,
      height: 260,
      mark: { type: 'line', strokeWidth: 1.8 },
      encoding: {
        x: { field: 'x', type: 'quantitative', title },
        y: {
          field: 'regret',
          type: 'quantitative',
          title: 'regret of the best measured',
          scale: { type: 'log', nice: false },
        },
        color: { field: 'method', type: 'nominal', title: null, sort: SHOWN.map(([, words]) => words) },
      },
    },
  };
}

export async function drawTables(results: Results, grids: readonly string[], file: string): Promise<void> {
  const values = [
    ...points(results, grids, 'R', 'random default', 'trainings'),
    ...points(results, grids, 'M', 'middle default', 'trainings'),
  ];
  await writeFile(file, await renderSvg(chart(values, 'trainings')));
}

export async function drawOwn(results: Results, grid: string, file: string): Promise<void> {
  const values = points(results, [grid], 'M', "this trainer's own table", 'seconds');
  await writeFile(file, await renderSvg(chart(values, "seconds of training, as a share of TPE's for 19 trainings")));
}
