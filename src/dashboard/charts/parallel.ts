/** Parallel coordinates: each training is a line over the parameters that were tried, and ends at its score. */
import type { TopLevelSpec } from 'vega-lite';
import { formatValue, formatsOf } from '../../domain/formats.ts';
import type { ParameterSpace } from '../../domain/parameterSpace.ts';
import { isScored, ofSearch } from '../../domain/trials.ts';
import type { RunView } from '../runs.ts';
import type { Drawing } from './drawing.ts';
import { triedKeys } from './parameters.ts';

/** More axes than this cannot be told apart, nor fewer make a picture. */
const MOST_AXES = 8;
/** Pixels that an axis needs for its name. */
const AXIS_PX = 100;

/** Pixels of a capital letter in an axis' name, and of its line. */
const LETTER_PX = 7.5;
const NAME_PX = 13;
/** Pixels that the last axis' values take beside it. */
const LABELS_PX = 54;

/** One axis: where a value lies on it, 0 to 1, and what is written beside it. */
interface Axis {
  name: string;
  /** Where its values are found; null: it is the score's. */
  key: string | null;
  share: (value: unknown) => number;
  labels: { share: number; label: string }[];
}

type Drawn = Omit<Axis, 'key'>;

/** Null where fewer than two parameters were tried. */
export function parallelChart(view: RunView, { width }: Drawing): TopLevelSpec | null {
  const trials = view.trials.filter(ofSearch).filter(isScored);
  const keys = triedKeys(view, trials).slice(0, Math.min(MOST_AXES, Math.max(2, Math.floor(width / AXIS_PX) - 1)));
  if (keys.length < 2) return null;
  const metric = view.metric;
  const { formatScore } = formatsOf({ ...metric, direction: 'maximize' });
  const scores = trials.map(({ result }) => result.score);
  const room = (width - LABELS_PX) / (keys.length + 1);
  const score = linear(inLines(metric.name, room), Math.min(...scores), Math.max(...scores), formatScore);
  const axes: Axis[] = [
    ...keys.map(({ key, space }) => ({
      ...axisOf(
        inLines(key, room),
        space,
        trials.map(({ values }) => values[key]),
      ),
      key,
    })),
    { ...score, key: null },
  ];
  const rank = (share: number) => (metric.direction === 'minimize' ? 1 - share : share);
  const points = trials.flatMap(({ number, values, result }) =>
    axes.map(({ name, key, share }) => ({
      trial: number,
      axis: name,
      share: share(key === null ? result.score : values[key]),
      rank: rank(score.share(result.score)),
      told: `${number}: ${formatScore(result.score)}`,
    })),
  );
  const x = {
    field: 'axis',
    type: 'ordinal' as const,
    sort: axes.map(({ name }) => name),
    title: null,
    scale: { type: 'point' as const, padding: 0.3 },
    axis: {
      orient: 'top' as const,
      labelAngle: 0,
      labelLimit: room,
      labelExpr: "split(datum.label, '\\n')",
      labelLineHeight: NAME_PX,
      domain: false,
      ticks: false,
      grid: true,
      gridColor: 'var(--edge)',
      labelColor: 'var(--ink)',
      labelFontSize: 11,
      labelOverlap: false as const,
      // From where they begin: what has several lines grows towards the axis.
      labelPadding: 12 + NAME_PX * (Math.max(...axes.map(({ name }) => name.split('\n').length)) - 1),
    },
  };
  const y = {
    field: 'share',
    type: 'quantitative' as const,
    axis: null,
    scale: { domain: [-0.03, 1.03], nice: false },
  };
  return {
    width: width - LABELS_PX,
    height: 250,
    layer: [
      {
        data: { values: points.toSorted((a, b) => a.rank - b.rank) },
        mark: { type: 'line' as const, strokeWidth: 1.7, opacity: 0.85 },
        encoding: {
          x,
          y,
          detail: { field: 'trial' },
          description: { field: 'told' },
          stroke: {
            field: 'rank',
            bin: { maxbins: 3, extent: [0, 1] },
            legend: null,
            scale: { range: ['var(--parallel-low)', 'var(--blue)', 'var(--parallel-high)'] },
          },
        },
      },
      {
        data: { values: axes.flatMap(({ name, labels }) => labels.map((label) => ({ axis: name, ...label }))) },
        mark: { type: 'text' as const, align: 'left' as const, dx: 5, fontSize: 11, color: 'var(--ink)' },
        encoding: { x, y, text: { field: 'label' } },
      },
    ],
  };
}

/** A long name on several lines, which end behind its underscores. `room`: pixels. */
function inLines(name: string, room: number): string {
  const most = Math.floor(room / LETTER_PX);
  return name
    .split(/(?<=_)/)
    .reduce<string[]>((lines, part) => {
      const last = lines.at(-1);
      if (last === undefined || last.length + part.length > most) return [...lines, part];
      return [...lines.slice(0, -1), last + part];
    }, [])
    .join('\n');
}

function axisOf(name: string, space: ParameterSpace, values: readonly unknown[]): Drawn {
  const numbers = values.filter((value) => typeof value === 'number');
  if (numbers.length < values.length) return choices(name, [...new Set(values.map(String))]);
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  if (space.scale !== 'log' || least <= 0) return linear(name, least, most, formatValue);
  const inner = linear(name, Math.log(least), Math.log(most), (value) =>
    formatValue(Number(Math.exp(value).toPrecision(3))),
  );
  return { ...inner, share: (value) => inner.share(Math.log(Number(value))) };
}

function linear(name: string, least: number, most: number, text: (value: number) => string): Drawn {
  const span = most - least;
  return {
    name,
    share: (value) => (span === 0 ? 0.5 : (Number(value) - least) / span),
    labels:
      span === 0
        ? [{ share: 0.5, label: text(least) }]
        : [0, 1].map((share) => ({ share, label: text(least + share * span) })),
  };
}

function choices(name: string, values: string[]): Drawn {
  const share = (value: unknown) => values.indexOf(String(value)) / Math.max(1, values.length - 1);
  return { name, share, labels: values.map((value) => ({ share: share(value), label: value })) };
}
