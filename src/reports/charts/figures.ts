/** The report's charts, drawn in the words of one reader. */
import type { RootContent } from 'mdast';
import type { Reason } from '../../domain/trials.ts';
import { image, inHtml } from '../document.ts';
import type { ReportFacts } from '../facts.ts';
import { paragraphs } from '../phrases.ts';
import type { Say } from '../phrases.ts';
import { heldOutDifference } from './heldOutDifference.ts';
import { learningCurves } from './learningCurves.ts';
import { parameterScores } from './parameterScores.ts';
import { predictionsAndScores } from './predictions.ts';
import { renderSvg } from './render.ts';
import type { Chart } from './render.ts';
import { scoreByTrial } from './scoreByTrial.ts';
import { timeSpent } from './timeSpent.ts';

/** By name, which is its file's, too. */
const CHARTS = {
  held_out_difference: ({ state }, say) => heldOutDifference(state, say),
  score_by_trial: ({ state }, say) => scoreByTrial(state, say),
  parameter_scores: ({ state }, say) => parameterScores(state, say),
  predictions: ({ state }, say) => predictionsAndScores(state, say),
  learning_curves: learningCurves,
  time_spent: ({ state }, say) => timeSpent(state, say),
} as const satisfies Record<string, (facts: ReportFacts, say: Say) => Chart | null>;
export type ChartName = keyof typeof CHARTS;

export interface Figure {
  svg: string;
  /** What it shows, in words. */
  alt: string;
  caption: Reason | null;
}
export type Figures = ReadonlyMap<ChartName, Figure>;

export async function drawFigures(facts: ReportFacts, say: Say): Promise<Figures> {
  const figures = new Map<ChartName, Figure>();
  for (const name of Object.keys(CHARTS) as ChartName[]) {
    const chart = CHARTS[name](facts, say);
    if (chart) figures.set(name, { svg: await renderSvg(chart.spec), alt: chart.alt, caption: chart.caption ?? null });
  }
  return figures;
}

/** Where a chart stands in the report; nothing where there is none. `folder` holds the files. */
export type Place = (name: ChartName) => RootContent[];

export const placeIn =
  (folder: string, figures: Figures, say: Say): Place =>
  (name) => {
    const figure = figures.get(name);
    if (!figure) return [];
    const { alt, caption } = figure;
    return [
      image(`${folder}/${name}.svg`, alt),
      ...(caption ? paragraphs(say, caption.zh, caption.en).map((part) => inHtml(part, { class: 'caption' })) : []),
    ];
  };
