/** The score against each parameter that was tried, and the path of what was accepted. */
import type { TopLevelSpec } from 'vega-lite';
import { formatValue, formatsOf } from '../../domain/formats.ts';
import { isScored, ofSearch } from '../../domain/trials.ts';
import type { ScoredTrial } from '../../domain/trials.ts';
import type { RunView, TunableKey } from '../runs.ts';
import { BESIDE_PX, outcomeEncoding, outcomeOf, outcomeWords } from './drawing.ts';
import type { Drawing } from './drawing.ts';

/** A panel is no narrower than this; its axis, and its share of the gaps, come on top. */
const PANEL_PX = 190;
const GAP_PX = 22;
const MOST_PANELS = 9;

/** Of one panel; how outcomes are drawn is common to all, as the legend above them is. */
type Panel = Drawing & { outcomes: ReturnType<typeof outcomeEncoding> };

/** Null where no parameter has two values with a score. */
export function parametersChart(view: RunView, drawing: Drawing): TopLevelSpec | null {
  const trials = view.trials.filter(ofSearch).filter(isScored);
  const tried = triedKeys(view, trials).slice(0, MOST_PANELS);
  if (tried.length === 0) return null;
  const columns = Math.max(1, Math.min(tried.length, Math.floor(drawing.width / (PANEL_PX + BESIDE_PX))));
  const width = Math.floor((drawing.width - GAP_PX * (columns - 1)) / columns) - BESIDE_PX;
  return {
    columns,
    spacing: GAP_PX,
    concat: tried.map((key) =>
      panel(key, view, trials, { width, outcomes: outcomeEncoding(trials, drawing), language: drawing.language }),
    ),
  };
}

/** Keys with at least two values among these trainings, those with most of them first. */
export function triedKeys({ keys }: Pick<RunView, 'keys'>, trials: readonly ScoredTrial[]): TunableKey[] {
  const different = (key: string) => new Set(trials.map(({ values }) => values[key] ?? null)).size;
  return keys.filter(({ key }) => different(key) > 1).toSorted((a, b) => different(b.key) - different(a.key));
}

function panel({ key, space }: TunableKey, view: RunView, trials: readonly ScoredTrial[], drawing: Panel) {
  const metric = { ...view.metric, direction: 'maximize' as const };
  const { formatScore } = formatsOf(metric);
  const having = trials.filter(({ values }) => values[key] !== undefined);
  const points = having.map((trial, order) => ({
    value: trial.values[key]!,
    score: trial.result.score,
    outcome: outcomeWords(outcomeOf(trial), drawing.language),
    told: `${trial.number}: ${key} = ${formatValue(trial.values[key])}, ${formatScore(trial.result.score)}`,
    accepted: trial.accepted,
    order,
  }));
  const numeric = points.every(({ value }) => typeof value === 'number');
  const log = numeric && space.scale === 'log' && points.every(({ value }) => Number(value) > 0);
  const x = numeric
    ? {
        field: 'value',
        type: 'quantitative' as const,
        title: null,
        scale: { padding: 12, nice: false, ...(log ? { type: 'log' as const } : { zero: false }) },
        axis: {
          tickCount: 4,
          grid: false,
          labelOverlap: true as const,
          ...ticks(
            space,
            log,
            points.map(({ value }) => Number(value)),
          ),
        },
      }
    : {
        field: 'value',
        type: 'nominal' as const,
        title: null,
        axis: { labelAngle: 0, labelLimit: drawing.width / 2 },
      };
  const y = {
    field: 'score',
    type: 'quantitative' as const,
    title: metric.name,
    scale: { zero: false, padding: 8 },
    axis: { tickCount: 4 },
  };
  return {
    title: key,
    width: drawing.width,
    height: 150,
    data: { values: points },
    layer: [
      {
        transform: [{ filter: 'datum.accepted' }],
        mark: { type: 'line' as const, color: 'var(--green)', strokeWidth: 1.6, strokeDash: [5, 3] },
        encoding: { x, y, order: { field: 'order', type: 'quantitative' as const } },
      },
      {
        mark: { type: 'point' as const, size: 60, strokeWidth: 1.6, opacity: 1 },
        encoding: { x, y, ...drawing.outcomes, description: { field: 'told' } },
      },
    ],
  };
}

/** Small numbers as people write them, whole ones whole. */
function ticks({ type }: TunableKey['space'], log: boolean, values: readonly number[]) {
  if (log) return { format: Math.max(...values) < 0.01 ? '.0e' : '~g' };
  return type === 'int' ? { format: 'd', tickMinStep: 1 } : {};
}
