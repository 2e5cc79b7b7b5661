/** The static charts of a run's page, by name. */
import type { Context } from 'hono';
import { z } from 'zod';
import { LANGUAGES } from '../../words/catalogue.ts';
import type { RunView } from '../runs.ts';
import { drawn } from './drawing.ts';
import type { Drawing } from './drawing.ts';
import { parallelChart } from './parallel.ts';
import { parametersChart } from './parameters.ts';
import { scoresChart } from './scores.ts';

const CHARTS = { scores: scoresChart, parameters: parametersChart, parallel: parallelChart };
const chartName = z.enum(Object.keys(CHARTS) as [keyof typeof CHARTS, ...(keyof typeof CHARTS)[]]);

/** Pixels; a picture that is wider or narrower than any screen is nobody's. */
const WIDTHS = { least: 240, most: 2000 };
const drawingSchema = z.object({
  lang: z.enum(LANGUAGES).default('en'),
  width: z.coerce.number().int().min(WIDTHS.least).max(WIDTHS.most).default(720),
});

/** A chart as SVG; null when the run has nothing to draw yet. */
export async function chartOf(view: RunView, name: keyof typeof CHARTS, drawing: Drawing): Promise<string | null> {
  const spec = CHARTS[name](view, drawing);
  return spec && drawn(spec);
}

/** 200: the SVG; 204: there is nothing to draw yet; 400: no such language or width; 404: no such chart. */
export async function answerChart(context: Context, view: () => Promise<RunView>): Promise<Response> {
  const file = context.req.param('file') ?? '';
  const name = chartName.safeParse(file.replace(/\.svg$/, ''));
  const given = drawingSchema.safeParse(context.req.query());
  if (!name.success || !file.endsWith('.svg'))
    return context.json(
      { error: `there is no chart ${file.slice(0, 100)}; there are: ${chartName.options.join(', ')}` },
      404,
    );
  if (!given.success) {
    const { path, message } = given.error.issues[0]!;
    return context.json({ error: `${path.join('.')}: ${message}` }, 400);
  }
  const svg = await chartOf(await view(), name.data, { language: given.data.lang, width: given.data.width });
  return svg === null ? context.body(null, 204) : context.body(svg, 200, { 'content-type': 'image/svg+xml' });
}
