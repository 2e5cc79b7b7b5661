/** The run at a glance: the score of each trial, the incumbent's line, the noise around the default, what failed. */
import type { TopLevelSpec } from 'vega-lite';
import { metricOf, shownScore } from '../../domain/metric.ts';
import { noticeableDifference } from '../../domain/noise.ts';
import { baselineOf } from '../../domain/runState.ts';
import type { RunState } from '../../domain/runState.ts';
import { trialTitle } from '../../domain/trialWords.ts';
import type { ScoredTrial, Trial } from '../../domain/trials.ts';
import { isScored, ofSearch } from '../../domain/trials.ts';
import { unitsIn } from '../../domain/trainerFacts.ts';
import { taskWords } from '../../domain/taskWords.ts';
import type { Say } from '../phrases.ts';

/** How each kind of outcome is drawn, in the order of the legend. */
const OUTCOMES = {
  accepted: { zh: '采纳', en: 'accepted', colour: '#2e9c6a', shape: 'circle' },
  declined: { zh: '未采纳', en: 'not accepted', colour: '#6b7280', shape: 'circle' },
  measured: { zh: '测量或复测', en: 'measured again', colour: '#3b6fb6', shape: 'diamond' },
  pruned: { zh: '提前结束', en: 'ended early', colour: '#e08e2b', shape: 'triangle-down' },
  inadmissible: { zh: '不满足约束', en: 'inadmissible', colour: '#8d5fb8', shape: 'cross' },
  failed: { zh: '失败', en: 'failed', colour: '#d1495b', shape: 'cross' },
} as const;
type Outcome = keyof typeof OUTCOMES;

function outcomeOf({ failure, accepted, purpose }: Trial): Outcome {
  if (failure?.kind === 'inadmissible') return 'inadmissible';
  if (failure) return failure.kind === 'pruned' ? 'pruned' : 'failed';
  if (purpose === 'noise' || (purpose === 'repeat' && !accepted)) return 'measured';
  return accepted ? 'accepted' : 'declined';
}

/** Null when no trial has a score. */
export function scoreByTrial(state: RunState, say: Say): TopLevelSpec | null {
  const competing = state.trials.filter(ofSearch);
  const scored = competing.filter(isScored);
  if (scored.length === 0) return null;
  const lowest = Math.min(...scored.map((trial) => trial.result.score));
  const name = (outcome: Outcome) => say(OUTCOMES[outcome].zh, OUTCOMES[outcome].en);
  const metric = metricOf(state);
  const axis = taskWords(state).axis;
  const shownAs = (score: number) => shownScore(metric, score);
  let best: number | null = null;
  const points = competing.map((trial) => {
    const outcome = outcomeOf(trial);
    if (trial.result && outcome === 'accepted') best = Math.max(best ?? -Infinity, trial.result.score);
    return {
      trial: trial.number,
      label: `${trial.number}: ${trialTitle(trial)}`,
      score: shownAs(trial.result?.score ?? lowest),
      outcome: name(outcome),
      best: best === null ? null : shownAs(best),
    };
  });
  const shown = (Object.keys(OUTCOMES) as Outcome[]).filter((outcome) =>
    competing.some((trial) => outcomeOf(trial) === outcome),
  );
  const legend = (range: string[]) => ({ domain: shown.map(name), range });
  const x = { field: 'trial', type: 'ordinal' as const, title: say('试验', 'trial'), axis: { labelAngle: 0 } };
  const y = {
    type: 'quantitative' as const,
    title: say(`得分（${axis.zh}）`, `score (${axis.en})`),
    scale: { zero: false },
  };
  return {
    width: 680,
    height: 280,
    data: { values: points },
    layer: [
      {
        data: { values: [inOrder(noiseBand(state, scored).map(shownAs))] },
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
          color: {
            field: 'outcome',
            type: 'nominal',
            title: say('结果', 'outcome'),
            scale: legend(shown.map((outcome) => OUTCOMES[outcome].colour)),
          },
          shape: {
            field: 'outcome',
            type: 'nominal',
            title: say('结果', 'outcome'),
            scale: legend(shown.map((outcome) => OUTCOMES[outcome].shape)),
          },
        },
      },
    ],
  };
}

const inOrder = ([one, other]: number[]): { low: number; high: number } => ({
  low: Math.min(one!, other!),
  high: Math.max(one!, other!),
});

/**
 * Where other seeds of the default fall (95 %), around the mean of those trained; before 0.4.0, which measured no noise,
 * the sampling error below the best.
 */
function noiseBand(state: RunState, scored: readonly ScoredTrial[]): [number, number] {
  const baseline = baselineOf(state);
  if (state.noise && baseline) {
    const defaults = scored.filter(({ id, purpose }) => id === baseline.id || purpose === 'noise');
    const mean = defaults.reduce((sum, { result }) => sum + result.score, 0) / defaults.length;
    return [mean - 1.96 * state.noise.atDefault, mean + 1.96 * state.noise.atDefault];
  }
  const best = Math.max(...scored.map(({ result }) => result.score));
  const units = state.trainer ? unitsIn(state.trainer.inspection.data.splits.dev) : 0;
  const noise = noticeableDifference(best, units, metricOf(state)) ?? 0;
  return [best - noise, best];
}
