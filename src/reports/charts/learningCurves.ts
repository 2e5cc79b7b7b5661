/** Loss and dev score while training, of the trials that tell most. */
import { metricOf, shownScore } from '../../domain/metric.ts';
import { trialTitle } from '../../domain/trialWords.ts';
import { isScored, ofSearch } from '../../domain/trials.ts';
import type { ReportFacts } from '../facts.ts';
import type { Say } from '../phrases.ts';
import { LINES } from './palette.ts';
import type { Chart } from './render.ts';

/** More lines than this cannot be told apart. */
const MOST_LINES = LINES.length;

interface Point {
  trial: string;
  label: string;
  share: number;
  value: number;
  /** Drawn: a look that counts, or what would else be no line. */
  point: boolean;
}

/** Null when no trial's curve is at hand. The default, the incumbents and the best of the others are shown. */
export function learningCurves({ state, curves }: ReportFacts, say: Say): Chart | null {
  const candidates = state.trials
    .filter(ofSearch)
    .filter(isScored)
    .filter((trial) => curves.has(trial.id));
  const ranked = [...candidates].sort(
    (a, b) =>
      Number(b.id === state.baseline || b.accepted) - Number(a.id === state.baseline || a.accepted) ||
      b.result.score - a.result.score,
  );
  const shown = ranked.slice(0, MOST_LINES).sort((a, b) => a.number - b.number);
  if (shown.length === 0) return null;
  const metric = metricOf(state);
  const named = shown.map((trial) => ({
    trial: `${trial.number}: ${say.told(trialTitle(trial))}`,
    label: `#${trial.number}`,
    steps: trial.result.steps,
    curves: curves.get(trial.id)!,
  }));
  // By share of its steps, so that long and short trainings are seen at the same point of their schedule.
  const loss = named.map(({ trial, label, steps, curves: { curve } }) =>
    curve
      .filter(({ loss: told }) => told !== null)
      .map(({ step, loss: value }, _, { length }): Point => ({
        trial,
        label,
        share: step / steps,
        value: value!,
        point: length === 1,
      })),
  );
  const score = named.map(({ trial, label, steps, curves: { evals } }) =>
    evals
      .filter((point) => point.score !== null)
      .map(({ step, score: value, counts = true }): Point => ({
        trial,
        label,
        share: step / steps,
        value: shownScore(metric, value!),
        point: counts,
      })),
  );
  const by = <Range>(range: Range[]) => ({
    field: 'trial',
    type: 'nominal' as const,
    title: null,
    scale: { domain: named.map(({ trial }) => trial), range },
    legend: { columns: named.length > 3 ? 2 : 1 },
  });
  const line = {
    color: by(LINES.map(({ colour }) => colour)),
    strokeDash: by(LINES.map(({ dash }) => [...dash])),
  };
  const shape = by(LINES.map(({ shape: name }) => name));
  const panel = (series: Point[][], title: string) => {
    const x = {
      field: 'share',
      type: 'quantitative' as const,
      title: say('训练进度', 'share of training'),
      axis: { format: '%', tickCount: 5, grid: false },
      scale: { domain: [0, 1.08], nice: false },
    };
    const y = { field: 'value', type: 'quantitative' as const, title, scale: { zero: false } };
    return {
      width: 320,
      height: 220,
      data: { values: series.flat() },
      layer: [
        { mark: { type: 'line' as const, strokeWidth: 1.8 }, encoding: { x, y, ...line } },
        {
          transform: [{ filter: 'datum.point' }],
          mark: { type: 'point' as const, filled: true, size: 40, opacity: 1 },
          encoding: { x, y, color: line.color, shape },
        },
        {
          data: { values: endLabels(series) },
          mark: { type: 'text' as const, align: 'left' as const, dx: 6 },
          encoding: { x, y, text: { field: 'label' } },
        },
      ],
    };
  };
  const names = named.map(({ trial }) => trial).join('; ');
  return {
    alt: say.cell(
      `${named.length} 次训练的损失与验证得分，按训练进度对齐：${names}`,
      `Training loss and dev score of ${named.length} trainings, by share of training: ${names}`,
    ),
    caption: {
      zh: '各次训练按进度对齐，因此长短训练可在同一阶段比较；点为计分处，线尾标出试验编号。',
      en: 'Trainings are aligned by share of their steps, so long and short ones are seen at the same stage; points are the looks that count, and each line ends in the number of its trial.',
    },
    spec: {
      hconcat: [panel(loss, say('训练损失', 'training loss')), panel(score, say('验证得分', 'dev score'))],
    },
  };
}

/** Labels of lines at their ends, moved apart where they would lie on each other. */
function endLabels(series: readonly Point[][]): Pick<Point, 'label' | 'share' | 'value'>[] {
  const values = series.flat().map(({ value }) => value);
  const apart = (Math.max(...values) - Math.min(...values)) * 0.065;
  const ends = series.flatMap((points) => points.slice(-1)).sort((a, b) => a.value - b.value);
  let below = -Infinity;
  return ends.map(({ label, share, value }) => {
    below = Math.max(value, below + apart);
    return { label, share, value: below };
  });
}
