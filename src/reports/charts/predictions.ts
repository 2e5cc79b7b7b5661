/** What was expected of each step, beside what came. */
import { metricOf, shownScore } from '../../domain/metric.ts';
import { coverageOf, heldBy } from '../../domain/predictions.ts';
import type { RunState } from '../../domain/runState.ts';
import { isScored } from '../../domain/trials.ts';
import type { Say } from '../phrases.ts';
import { X_SHAPE, light } from './palette.ts';
import type { Chart } from './render.ts';

/** Who predicts, and on which side of the score that is drawn. */
const PREDICTORS = {
  byModel: { zh: '搜索模型', en: 'search model', side: -1, dash: [1, 0], colour: light('blue') },
  byAdviser: { zh: '顾问', en: 'adviser', side: 1, dash: [3, 2], colour: light('orange') },
} as const;
const WIDTH = 720;
type Predictor = keyof typeof PREDICTORS;

/** Null where nothing was predicted of a training that has a score. */
export function predictionsAndScores(state: RunState, say: Say): Chart | null {
  const metric = metricOf(state);
  const shown = (score: number) => shownScore(metric, score);
  const judged = state.trials.filter(isScored).filter(({ predicted }) => predicted?.byModel ?? predicted?.byAdviser);
  if (judged.length === 0) return null;
  // Of many trials, nearer, so that nobody takes it for the next one's.
  const aside = Math.min(6, (0.22 * WIDTH) / judged.length);
  const nameOf = (by: Predictor) => say.cell(PREDICTORS[by].zh, PREDICTORS[by].en);
  const intervals = (Object.keys(PREDICTORS) as Predictor[]).map((by) => ({
    by,
    values: judged.flatMap((trial) => {
      const predicted = trial.predicted?.[by];
      return predicted
        ? [{ trial: trial.number, low: shown(predicted.low), high: shown(predicted.high), who: nameOf(by) }]
        : [];
    }),
  }));
  const present = intervals.filter(({ values }) => values.length > 0);
  const inside = say.cell('在区间内', 'inside');
  const outside = say.cell('在区间外', 'outside');
  const scores = judged.map((trial) => ({
    trial: trial.number,
    score: shown(trial.result.score),
    // Of both: a reader sees each interval anyway.
    held: [heldBy(trial, 'byModel'), heldBy(trial, 'byAdviser')].includes(false) ? outside : inside,
  }));
  const x = {
    field: 'trial',
    type: 'ordinal' as const,
    title: say('试验', 'trial'),
    axis: { labelAngle: 0, labelOverlap: true as const, grid: false },
  };
  const y = { type: 'quantitative' as const, title: say('得分', 'score'), scale: { zero: false } };
  const dash = {
    field: 'who',
    type: 'nominal' as const,
    title: null,
    scale: { domain: present.map(({ by }) => nameOf(by)), range: present.map(({ by }) => [...PREDICTORS[by].dash]) },
  };
  const held = <Range>(range: Range[]) => ({
    field: 'held',
    type: 'nominal' as const,
    title: null,
    scale: { domain: [inside, outside], range },
  });
  const [model, adviser] = [coverageOf(judged, 'byModel'), coverageOf(judged, 'byAdviser')];
  const counted = (zh: string, en: string, { inside: of, of: all }: typeof model) =>
    all === 0 ? [] : [say.cell(`${zh} ${of} / ${all}`, `${en} ${of} of ${all}`)];
  return {
    alt: say.cell(
      `预测区间与实际得分；得分在区间内：${[...counted('搜索模型', '', model), ...counted('顾问', '', adviser)].join('，')}`,
      `Predicted intervals and the scores that came; inside: ${[...counted('', 'search model', model), ...counted('', 'adviser', adviser)].join(', ')}`,
    ),
    caption: {
      zh: '竖线为训练前给出的 90 % 区间；符号为实际得分，叉号表示在区间外。',
      en: 'The lines are the intervals (90 %) given before the training; the signs are the scores that came, a cross where outside.',
    },
    spec: {
      width: WIDTH,
      height: 220,
      layer: [
        ...present.map(({ by, values }) => ({
          data: { values },
          mark: {
            type: 'rule' as const,
            strokeWidth: 2.5,
            xOffset: PREDICTORS[by].side * aside,
            color: PREDICTORS[by].colour,
          },
          encoding: { x, y: { field: 'low', ...y }, y2: { field: 'high' }, strokeDash: dash },
        })),
        {
          data: { values: scores },
          mark: { type: 'point' as const, size: judged.length > 40 ? 36 : 70, strokeWidth: 2, opacity: 1 },
          encoding: {
            x,
            y: { field: 'score', ...y },
            shape: held(['circle', X_SHAPE]),
            stroke: held([light('green'), light('red')]),
            fill: held([light('green'), light('paper')]),
          },
        },
      ],
    },
  };
}
