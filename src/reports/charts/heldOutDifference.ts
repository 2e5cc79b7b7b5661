/** What the winner gained on held-out data, with its interval against none. */
import { formatsOf } from '../../domain/formats.ts';
import { metricOf, shownScore } from '../../domain/metric.ts';
import type { RunState } from '../../domain/runState.ts';
import { baselineOf } from '../../domain/runTrials.ts';
import type { Say } from '../phrases.ts';
import { light } from './palette.ts';
import type { Chart } from './render.ts';

/** Null where nothing was compared on held-out data. */
export function heldOutDifference(state: RunState, say: Say): Chart | null {
  const { confirmation } = state;
  if (!confirmation) return null;
  const metric = metricOf(state);
  const { formatDelta, formatDeltaEnds } = formatsOf(state);
  const rows = [
    { zh: '最优 − 默认', en: 'winner − default', of: baselineOf(state) ? confirmation.difference : null },
    { zh: '最优 − 原模型', en: 'winner − untouched', of: confirmation.overUntouched ?? null },
  ].flatMap(({ zh, en, of }) => (of ? [{ zh, en, of }] : []));
  if (rows.length === 0) return null;
  const values = rows.map(({ zh, en, of }) => ({
    name: say(zh, en),
    alone: say.cell(zh, en),
    mean: shownScore(metric, of.mean),
    low: shownScore(metric, of.low),
    high: shownScore(metric, of.high),
    text: `${formatDelta(of.mean)} [${formatDeltaEnds(of).join(', ')}]`,
  }));
  const up = metric.direction !== 'minimize';
  const x = {
    type: 'quantitative' as const,
    title: say(
      `留出得分之差与 95 % 区间（${up ? '大于' : '小于'} 0：最优配置更好）`,
      `difference of held-out scores, 95 % (${up ? 'above' : 'below'} 0: the winner is better)`,
    ),
    axis: { grid: false, tickCount: 6 },
    scale: { padding: 24 },
  };
  const y = {
    field: 'name',
    type: 'nominal' as const,
    title: null,
    sort: values.map(({ name }) => name),
    axis: { ticks: false, domain: false, labelLimit: 260 },
  };
  const end = (field: 'low' | 'high') => ({
    mark: { type: 'tick' as const, color: light('text'), thickness: 2, height: 12 },
    encoding: { x: { field, ...x }, y },
  });
  return {
    alt:
      say.cell('留出集上的差别：', 'Differences on held-out data: ') +
      values.map(({ alone, text }) => `${alone} ${text}`).join('; '),
    spec: {
      width: 460,
      height: { step: 44 },
      data: { values },
      layer: [
        {
          data: { values: [{ zero: 0 }] },
          mark: { type: 'rule', strokeDash: [4, 3], color: light('text') },
          encoding: { x: { field: 'zero', ...x } },
        },
        {
          mark: { type: 'rule', strokeWidth: 2, color: light('text') },
          encoding: { x: { field: 'low', ...x }, x2: { field: 'high' }, y },
        },
        end('low'),
        end('high'),
        {
          mark: { type: 'point', filled: true, size: 80, color: light('text'), opacity: 1 },
          encoding: { x: { field: 'mean', ...x }, y },
        },
        {
          mark: { type: 'text', dy: -13 },
          encoding: { x: { field: 'mean', ...x }, y, text: { field: 'text' } },
        },
      ],
    },
  };
}
