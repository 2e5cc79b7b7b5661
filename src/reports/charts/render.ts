/** Vega-Lite to SVG, in this process: no browser, no canvas. */
import { View, parse } from 'vega';
import { compile } from 'vega-lite';
import type { TopLevelSpec } from 'vega-lite';

export const PALETTE = ['#3b6fb6', '#d1495b', '#2e9c6a', '#8d5fb0', '#e08e2b', '#4aa3a2', '#a05a2c', '#6b7280'];

const STYLE: NonNullable<TopLevelSpec['config']> = {
  background: 'white',
  font: 'system-ui, sans-serif',
  axis: {
    labelColor: '#4b5563',
    titleColor: '#374151',
    gridColor: '#eef0f3',
    domainColor: '#9ca3af',
    tickColor: '#9ca3af',
    labelFontSize: 11,
    titleFontSize: 12,
    titleFontWeight: 500,
  },
  legend: { labelFontSize: 11, titleFontSize: 12, labelLimit: 260 },
  view: { stroke: null },
  range: { category: PALETTE },
};

/** Renders a chart; the same data give the same bytes. */
export async function renderSvg(spec: TopLevelSpec): Promise<string> {
  const { spec: compiled } = compile({ ...spec, config: { ...STYLE, ...spec.config } } as TopLevelSpec);
  const view = new View(parse(compiled), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return svg;
}
