/** What programs are told of one run, in scores as its metric counts them: `show --json`, the dashboard, the library. */
import type { Refusal, DecisionRecord, RunState } from '../domain/runState.ts';
import type { Metric } from '../domain/metric.ts';
import { metricOf } from '../domain/metric.ts';
import type { RunProgress } from '../domain/progress.ts';
import { progressOf } from '../domain/progress.ts';
import { shownProgress, shownTrial } from '../domain/shownScores.ts';
import type { Trial } from '../domain/trials.ts';

export interface RunView extends Omit<RunProgress, 'trials' | 'metric'> {
  /** What the scores count. */
  metric: Metric;
  trials: Trial[];
  refusals: Refusal[];
  decisions: DecisionRecord[];
  /** The run in Temporal's Web UI; null when that is not ours. */
  webUi: string | null;
  /** Room that its folder takes on this machine's disk. */
  bytes: number;
}

export function runView(state: RunState, { webUi, bytes }: Pick<RunView, 'webUi' | 'bytes'>): RunView {
  const metric = metricOf(state);
  const { refusals, decisions } = state;
  const trials = state.trials.map((trial) => shownTrial(metric, trial));
  return { ...shownProgress(metric, progressOf(state)), metric, trials, refusals, decisions, webUi, bytes };
}
