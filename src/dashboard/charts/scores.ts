/** The score of each trial, the best so far, the noise around the default, and what was expected of each. */
import type { TopLevelSpec } from 'vega-lite';
import { formatsOf } from '../../domain/formats.ts';
import { said } from '../../domain/said.ts';
import { trialTitle } from '../../domain/trialWords.ts';
import { isScored, ofSearch } from '../../domain/trials.ts';
import type { Trial } from '../../domain/trials.ts';
import { translated } from '../../words/catalogue.ts';
import type { RunView } from '../runs.ts';
import { outcomeEncoding, outcomeOf, outcomeWords } from './drawing.ts';
import type { Drawing } from './drawing.ts';

/** Half-width of a 95 % interval, in standard deviations. */
const NINETY_FIVE = 1.96;

/** Null when no trial has a score. */
export function scoresChart(view: RunView, drawing: Drawing): TopLevelSpec | null {
  const trials = view.trials.filter(ofSearch);
  const scored = trials.filter(isScored);
  if (scored.length === 0) return null;
  const { language, width } = drawing;
  const { direction, ...metric } = view.metric;
  const { formatScore } = formatsOf({ ...metric, direction: 'maximize' });
  const better = (a: number, b: number) => (direction === 'minimize' ? a < b : a > b);
  const scores = scored.map(({ result }) => result.score);
  // Trainings without a score are drawn where the worst one is.
  const worst = scores.reduce((one, other) => (better(one, other) ? other : one));
  let best: number | null = null;
  const points = trials.map((trial) => {
    const score = trial.result?.score ?? null;
    if (score !== null && trial.accepted && (best === null || better(score, best))) best = score;
    const outcome = outcomeWords(outcomeOf(trial), language);
    return {
      trial: trial.number,
      score: score ?? worst,
      outcome,
      best,
      told: `${trial.number}: ${translated(trialTitle(trial), language)}, ${formatScore(score)}, ${outcome}`,
    };
  });
  const [first, last] = [points[0]!.trial, points.at(-1)!.trial];
  const x = {
    field: 'trial',
    type: 'quantitative' as const,
    title: translated(said`trial`, language),
    scale: { domain: [first - 0.6, last + 0.6], nice: false },
    axis: { format: 'd', tickMinStep: 1, tickCount: Math.min(points.length, Math.round(width / 45)), grid: false },
  };
  const y = {
    type: 'quantitative' as const,
    title: metric.name,
    scale: { zero: false, padding: 6 },
    axis: { tickCount: 6 },
  };
  const band = noiseBand(view);
  return {
    width,
    autosize: { type: 'fit-x' as const, contains: 'padding' as const },
    height: width < 420 ? 210 : 270,
    data: { values: points },
    layer: [
      ...(band
        ? [
            {
              data: { values: [{ ...band, from: first - 0.6, to: last + 0.6 }] },
              mark: { type: 'rect' as const, color: 'var(--band)', opacity: 1 },
              encoding: {
                x: { ...x, field: 'from' },
                x2: { field: 'to' },
                y: { field: 'low', ...y },
                y2: { field: 'high' },
              },
            },
          ]
        : []),
      {
        data: { values: trials.flatMap(expected) },
        mark: { type: 'rule' as const, color: 'var(--edge)', strokeWidth: 5, opacity: 0.35 },
        encoding: { x, y: { field: 'low', ...y }, y2: { field: 'high' } },
      },
      {
        mark: { type: 'line' as const, interpolate: 'step-after', color: 'var(--blue)', strokeWidth: 1.8 },
        encoding: { x, y: { field: 'best', ...y } },
      },
      {
        mark: { type: 'point' as const, size: 80, strokeWidth: 1.8, opacity: 1 },
        encoding: {
          x,
          y: { field: 'score', ...y },
          ...outcomeEncoding(trials, drawing),
          description: { field: 'told' },
        },
      },
    ],
  };
}

/** What was expected of a trial by whoever proposed it. */
function expected({ number, predicted }: Trial): { trial: number; low: number; high: number }[] {
  const interval = predicted?.byAdviser ?? predicted?.byModel;
  return interval ? [{ trial: number, ...interval }] : [];
}

/** Where other seeds of the default fall (95 %), around the mean of those trained; null before noise was measured. */
function noiseBand({ noise, trials, baseline }: RunView): { low: number; high: number } | null {
  if (!noise || !baseline) return null;
  const defaults = trials.filter(isScored).filter(({ id, purpose }) => id === baseline.trial || purpose === 'noise');
  const mean = defaults.reduce((sum, { result }) => sum + result.score, 0) / defaults.length;
  return { low: mean - NINETY_FIVE * noise.atDefault, high: mean + NINETY_FIVE * noise.atDefault };
}
