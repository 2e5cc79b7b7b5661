/** Loss and dev score while training, of the trials that tell most. */
import type { TopLevelSpec } from 'vega-lite';
import { trialTitle } from '../../domain/progress.ts';
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
    curves: curves.get(trial.id)!,
  }));
  const loss = named.flatMap(({ name, curves: { curve } }) =>
    curve
      .filter((point) => point.loss !== null)
      .map((point) => ({ trial: name, epoch: point.epoch, value: point.loss })),
  );
  const score = named.flatMap(({ name, curves: { evals } }) =>
    evals
      .filter((point) => point.score !== null)
      .map((point) => ({ trial: name, epoch: point.epoch, value: point.score })),
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
    mark: { type: 'line' as const, point: { size: 30 }, strokeWidth: 1.6 },
    encoding: {
      x: { field: 'epoch', type: 'quantitative' as const, title: say('轮次', 'epoch') },
      y: { field: 'value', type: 'quantitative' as const, title, scale: { zero: false } },
      color: colour,
    },
  });
  return { hconcat: [panel(loss, say('训练损失', 'training loss')), panel(score, say('验证得分', 'dev score'))] };
}
