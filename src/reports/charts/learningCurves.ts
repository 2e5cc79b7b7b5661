/** Loss and dev score while training, of the trials that tell most. */
import type { TopLevelSpec } from 'vega-lite';
import { metricOf, shownScore } from '../../domain/metric.ts';
import { trialTitle } from '../../domain/trialWords.ts';
import { isScored } from '../../domain/trials.ts';
import type { ReportFacts } from '../facts.ts';
import type { Say } from '../phrases.ts';

/** More lines than this cannot be told apart. */
const MOST_LINES = 8;

/** Null when no trial's curve is at hand. The default, the incumbents and the best of the others are shown. */
export function learningCurves({ state, curves }: ReportFacts, say: Say): TopLevelSpec | null {
  const candidates = state.trials.filter(isScored).filter((trial) => curves.has(trial.id));
  const ranked = [...candidates].sort(
    (a, b) =>
      Number(b.id === state.baseline || b.accepted) - Number(a.id === state.baseline || a.accepted) ||
      b.result.score - a.result.score,
  );
  const shown = ranked.slice(0, MOST_LINES).sort((a, b) => a.number - b.number);
  if (shown.length === 0) return null;
  const named = shown.map((trial) => ({
    name: `${trial.number}: ${trialTitle(trial)}`,
    steps: trial.result.steps,
    curves: curves.get(trial.id)!,
  }));
  const metric = metricOf(state);
  // By share of its steps, so that long and short trainings are seen at the same point of their schedule.
  const loss = named.flatMap(({ name, steps, curves: { curve } }) =>
    curve
      .filter((point) => point.loss !== null)
      .map((point) => ({ trial: name, share: point.step / steps, value: point.loss, look: false })),
  );
  const score = named.flatMap(({ name, steps, curves: { evals } }) =>
    evals
      .filter((point) => point.score !== null)
      .map(({ step, score: value, counts = true }) => ({
        trial: name,
        share: step / steps,
        value: shownScore(metric, value!),
        look: counts,
      })),
  );
  const colour = {
    field: 'trial',
    type: 'nominal' as const,
    title: say('试验', 'trial'),
    sort: named.map(({ name }) => name),
  };
  const panel = (values: object[], title: string) => ({
    width: 270,
    height: 220,
    data: { values },
    encoding: {
      x: {
        field: 'share',
        type: 'quantitative' as const,
        title: say('步数比例', 'share of steps'),
        axis: { format: '%' },
      },
      y: { field: 'value', type: 'quantitative' as const, title, scale: { zero: false } },
      color: colour,
    },
    layer: [
      { mark: { type: 'line' as const, strokeWidth: 1.6 } },
      { transform: [{ filter: 'datum.look' }], mark: { type: 'point' as const, filled: true, size: 36 } },
    ],
  });
  return {
    hconcat: [
      panel(loss, say('训练损失', 'training loss')),
      panel(score, say('验证得分（点：计分处）', 'dev score (points: looks that count)')),
    ],
  };
}
