/**
 * Vega-Lite to SVG for the page. Colours are the page's own variables, so one chart serves light and dark; a mark's
 * description is what the page shows beside the pointer.
 */
import { View, parse } from 'vega';
import { compile } from 'vega-lite';
import type { TopLevelSpec } from 'vega-lite';
import { said } from '../../domain/said.ts';
import type { Trial } from '../../domain/trials.ts';
import { measureTexts } from '../../reports/charts/textWidth.ts';
import type { Language } from '../../words/catalogue.ts';
import { translated } from '../../words/catalogue.ts';

measureTexts();

/** What a chart is drawn for. `width`: pixels of the whole picture, as near as Vega comes. */
export interface Drawing {
  language: Language;
  width: number;
}

/** Below so many pixels a legend has two columns. */
const NARROW_PX = 420;
/** Pixels that axis, title and labels take beside the marks. */
export const BESIDE_PX = 70;

const STYLE: NonNullable<TopLevelSpec['config']> = {
  background: 'transparent',
  font: 'inherit',
  axis: {
    labelColor: 'var(--soft)',
    titleColor: 'var(--soft)',
    gridColor: 'var(--line)',
    domainColor: 'var(--edge)',
    tickColor: 'var(--edge)',
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 500,
    labelLimit: 110,
  },
  title: { color: 'var(--ink)', fontSize: 12, fontWeight: 600, anchor: 'start' },
  legend: {
    orient: 'top',
    title: null,
    labelColor: 'var(--ink)',
    labelFontSize: 12,
    labelLimit: 300,
    symbolStrokeWidth: 1.8,
    columnPadding: 12,
  },
  view: { stroke: null },
};

/** Renders a chart; the same data give the same bytes. */
export async function drawn(spec: TopLevelSpec): Promise<string> {
  const { spec: compiled } = compile({ ...spec, config: STYLE } as TopLevelSpec);
  const view = new View(parse(compiled), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return svg;
}

/** How each outcome of a training is drawn: by colour, shape, and filled only where it was accepted. */
const OUTCOMES = {
  accepted: { words: said`accepted`, colour: 'var(--green)', shape: 'circle' },
  declined: { words: said`not accepted`, colour: 'var(--grey)', shape: 'circle' },
  measured: { words: said`measured again`, colour: 'var(--blue)', shape: 'diamond' },
  pruned: { words: said`ended early`, colour: 'var(--orange)', shape: 'triangle-down' },
  inadmissible: { words: said`inadmissible`, colour: 'var(--purple)', shape: 'square' },
  failed: { words: said`failed`, colour: 'var(--red)', shape: 'cross' },
} as const;
type Outcome = keyof typeof OUTCOMES;

export function outcomeOf({ failure, accepted, purpose }: Trial): Outcome {
  if (failure?.kind === 'inadmissible') return 'inadmissible';
  if (failure) return failure.kind === 'pruned' ? 'pruned' : 'failed';
  if (purpose === 'noise' || (purpose === 'repeat' && !accepted)) return 'measured';
  return accepted ? 'accepted' : 'declined';
}

/** The encoding of the field `outcome`, with a legend of those that occur. */
export function outcomeEncoding(trials: readonly Trial[], { language, width }: Drawing) {
  const shown = (Object.keys(OUTCOMES) as Outcome[]).filter((one) => trials.some((trial) => outcomeOf(trial) === one));
  const by = (range: string[]) => ({
    field: 'outcome',
    type: 'nominal' as const,
    legend: { columns: width < NARROW_PX ? 2 : 6 },
    scale: { domain: shown.map((one) => outcomeWords(one, language)), range },
  });
  return {
    stroke: by(shown.map((one) => OUTCOMES[one].colour)),
    fill: by(shown.map((one) => (one === 'accepted' ? OUTCOMES[one].colour : 'var(--panel)'))),
    shape: by(shown.map((one) => OUTCOMES[one].shape)),
  };
}

export const outcomeWords = (outcome: Outcome, language: Language): string =>
  translated(OUTCOMES[outcome].words, language);
