/** The run at a glance: the score of each trial, the incumbent's line, what failed. */
import type { TopLevelSpec } from 'vega-lite';
import { noticeableDifference } from '../../domain/noise.ts';
import { trialTitle } from '../../domain/progress.ts';
import type { RunState } from '../../domain/runState.ts';
import { isScored } from '../../domain/trials.ts';
import type { Say } from '../phrases.ts';

/** Null when no trial has a score. */
export function scoreByTrial(state: RunState, say: Say): TopLevelSpec | null {
  const competing = state.trials.filter((trial) => trial.purpose !== 'confirmation');
  const scored = competing.filter(isScored);
  if (scored.length === 0) return null;
  const lowest = Math.min(...scored.map((trial) => trial.result.score));
  let best = -Infinity;
  const points = competing.map((trial) => {
    if (trial.result) best = Math.max(best, trial.result.score);
    const outcome = trial.failure
      ? say('失败', 'failed')
      : trial.accepted
        ? say('采纳', 'accepted')
        : say('未采纳', 'not accepted');
    return {
      trial: trial.number,
      label: `${trial.number}: ${trialTitle(trial)}`,
      score: trial.result?.score ?? lowest,
      outcome,
      best: Number.isFinite(best) ? best : null,
    };
  });
  const devPairs = state.trainer?.inspection.data.splits.dev.rows ?? 0;
  const noise = noticeableDifference(best, devPairs);
  const colours = {
    domain: [say('采纳', 'accepted'), say('未采纳', 'not accepted'), say('失败', 'failed')],
    range: ['#2e9c6a', '#6b7280', '#d1495b'],
  };
  const x = { field: 'trial', type: 'ordinal' as const, title: say('试验', 'trial'), axis: { labelAngle: 0 } };
  const y = {
    type: 'quantitative' as const,
    title: say('得分（Spearman）', 'score (Spearman)'),
    scale: { zero: false },
  };
  return {
    width: 680,
    height: 280,
    data: { values: points },
    layer: [
      {
        data: { values: [{ low: best - noise, high: best }] },
        mark: { type: 'rect', color: '#3b6fb6', opacity: 0.08 },
        encoding: { y: { field: 'low', ...y }, y2: { field: 'high' } },
      },
      {
        mark: { type: 'line', interpolate: 'step-after', color: '#3b6fb6', strokeWidth: 2 },
        encoding: { x, y: { field: 'best', ...y } },
      },
      {
        mark: { type: 'point', filled: true, size: 90 },
        encoding: {
          x,
          y: { field: 'score', ...y },
          color: { field: 'outcome', type: 'nominal', title: say('结果', 'outcome'), scale: colours },
          shape: {
            field: 'outcome',
            type: 'nominal',
            title: say('结果', 'outcome'),
            scale: { domain: colours.domain, range: ['circle', 'circle', 'cross'] },
          },
        },
      },
    ],
  };
}
