/** The score against each tuned parameter, with the path of what was accepted. */
import { configFor } from '../../domain/configurations.ts';
import { formatValue } from '../../domain/formats.ts';
import { metricOf, shownScore } from '../../domain/metric.ts';
import type { ParameterValue } from '../../domain/parameterSpace.ts';
import type { RunState } from '../../domain/runState.ts';
import { isScored, ofSearch } from '../../domain/trials.ts';
import type { ScoredTrial } from '../../domain/trials.ts';
import type { Say } from '../phrases.ts';
import { outcomeEncoding, outcomeName } from './outcomes.ts';
import { light } from './palette.ts';
import type { Chart } from './render.ts';

/** More panels than this are no picture any more; those that were tried most are kept. */
const MOST_PANELS = 6;

/** Null where no parameter has two values with a score. */
export function parameterScores(state: RunState, say: Say): Chart | null {
  const trials = state.trials.filter(ofSearch).filter(isScored);
  const valueOf = (trial: ScoredTrial, key: string) =>
    (configFor(state, trial.values) as unknown as Record<string, ParameterValue>)[key] ?? null;
  const tried = Object.keys(state.config.TUNABLE_KEYS)
    .map((key) => ({ key, values: new Set(trials.map((trial) => valueOf(trial, key))).size }))
    .filter(({ values }) => values > 1)
    .sort((a, b) => b.values - a.values)
    .slice(0, MOST_PANELS)
    .map(({ key }) => key);
  if (tried.length === 0) return null;
  const metric = metricOf(state);
  const path = trials.filter(({ accepted }) => accepted);
  const all = trials.map(({ result }) => result.score);
  const near = LABEL_SHARE * (Math.max(...all) - Math.min(...all));
  const panel = (key: string) => {
    const points = trials.map((trial) => ({
      value: valueOf(trial, key),
      score: shownScore(metric, trial.result.score),
      outcome: outcomeName(trial, say),
      number: trial.number,
    }));
    const isNumber = points.every(({ value }) => typeof value === 'number');
    const log =
      isNumber && state.config.TUNABLE_KEYS[key]?.scale === 'log' && points.every(({ value }) => Number(value) > 0);
    const x = isNumber
      ? {
          field: 'value',
          type: 'quantitative' as const,
          title: null,
          scale: { padding: 12, nice: false, ...(log ? { type: 'log' as const } : { zero: false }) },
          axis: {
            values: ticksOf(points.map(({ value }) => Number(value))),
            labelExpr: AS_VALUE,
            labelOverlap: true as const,
            grid: false,
          },
        }
      : { field: 'value', type: 'nominal' as const, title: null, axis: { labelAngle: 0, labelLimit: 90 } };
    const y = {
      field: 'score',
      type: 'quantitative' as const,
      title: say('得分', 'score'),
      scale: { zero: false, padding: 8 },
      axis: { tickCount: 4 },
    };
    const accepted = path.map((trial, order) => ({ ...points[trials.indexOf(trial)]!, order }));
    return {
      title: key,
      width: 190,
      height: 150,
      data: { values: points },
      layer: [
        {
          data: { values: accepted },
          mark: { type: 'line' as const, color: light('blue'), strokeWidth: 1.6, strokeDash: [5, 3] },
          encoding: { x, y, order: { field: 'order', type: 'quantitative' as const } },
        },
        {
          mark: { type: 'point' as const, size: 60, strokeWidth: 1.6, opacity: 1 },
          encoding: { x, y, ...outcomeEncoding(trials, say) },
        },
        {
          data: { values: distinct(accepted, near) },
          mark: { type: 'text' as const, dy: -12 },
          encoding: { x, y, text: { field: 'label' } },
        },
      ],
    };
  };
  const ways = tried
    .map((key) => `${key}: ${path.map((trial) => formatValue(valueOf(trial, key))).join(' → ')}`)
    .join('; ');
  return {
    alt: say.cell(
      `得分与 ${tried.length} 个参数取值的关系；采纳的路径为 ${ways}`,
      `Score against the values of ${tried.length} ${tried.length === 1 ? 'parameter' : 'parameters'}; the accepted path is ${ways}`,
    ),
    caption: {
      zh: '每个点是一次有得分的训练，其余参数可能也不同；虚线依次连接被采纳的训练，数字为试验编号。',
      en: 'Each point is a training with a score; other parameters may differ, too. Dashes join what was accepted, in order; the figures are numbers of trials.',
    },
    spec: { columns: 3, concat: tried.map(panel) },
  };
}

/** As `formatValue` writes values, in Vega's language. */
const AS_VALUE = "format(datum.value, abs(datum.value) < 1e-3 && datum.value != 0 ? '.3~e' : '.4~g')";
const MOST_TICKS = 5;

/** Values that were tried, the ends among them. */
function ticksOf(tried: readonly number[]): number[] {
  const sorted = [...new Set(tried)].sort((a, b) => a - b);
  if (sorted.length <= MOST_TICKS) return sorted;
  return Array.from(
    { length: MOST_TICKS },
    (_, index) => sorted[Math.round((index * (sorted.length - 1)) / (MOST_TICKS - 1))]!,
  );
}

/** Of the scores' range: two labels of one value that are nearer would lie on each other. */
const LABEL_SHARE = 0.12;

/** One label where several accepted trials of one value are nearer to each other than `near`, at the highest of them. */
function distinct<Point extends { value: unknown; score: number; number: number }>(
  points: readonly Point[],
  near: number,
) {
  const labels: { value: Point['value']; score: number; label: string }[] = [];
  for (const { value, score, number } of points) {
    const there = labels.find((label) => label.value === value && Math.abs(label.score - score) <= near);
    if (!there) labels.push({ value, score, label: String(number) });
    else Object.assign(there, { score: Math.max(there.score, score), label: `${there.label}, ${number}` });
  }
  return labels;
}
