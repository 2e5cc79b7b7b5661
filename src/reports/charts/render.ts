/** Vega-Lite to SVG, in this process: no browser, no canvas. */
import { View, parse } from 'vega';
import { compile } from 'vega-lite';
import type { TopLevelSpec } from 'vega-lite';
import type { Reason } from '../../domain/trials.ts';
import { LINES, light } from './palette.ts';
import { measureTexts } from './textWidth.ts';

measureTexts();

/** A chart, what it shows in words for those who do not see it, and what a reader has to know to read it. */
export interface Chart {
  spec: TopLevelSpec;
  alt: string;
  caption?: Reason;
}

const STYLE: NonNullable<TopLevelSpec['config']> = {
  background: light('paper'),
  font: 'system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif',
  axis: {
    labelColor: light('text'),
    titleColor: light('text'),
    gridColor: light('grid'),
    domainColor: light('axis'),
    tickColor: light('axis'),
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 500,
  },
  title: { color: light('text'), fontSize: 12, fontWeight: 600 },
  text: { color: light('text'), fontSize: 12 },
  legend: {
    orient: 'top',
    title: null,
    labelColor: light('text'),
    labelFontSize: 12,
    labelLimit: 320,
    symbolStrokeWidth: 1.8,
    columnPadding: 24,
  },
  view: { stroke: null },
  range: { category: LINES.map(({ colour }) => colour) },
};

/** Renders a chart; the same data give the same bytes. */
export async function renderSvg(spec: TopLevelSpec): Promise<string> {
  const { spec: compiled } = compile({ ...spec, config: { ...STYLE, ...spec.config } } as TopLevelSpec);
  const view = new View(parse(compiled), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return svg;
}
