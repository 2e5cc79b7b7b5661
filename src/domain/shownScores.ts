/**
 * What machines are told of a run, in scores as the metric counts them: JSON on the terminal, and `tuning.json`. A metric that
 * is maximised is left as it is.
 *
 * Scores, differences and predicted intervals are turned, so that a difference below 0 is better where lower is. Gains (what
 * may still be gained) are sizes: above 0 is better, whatever the direction.
 */
import type { ComparedRun } from './comparison.ts';
import type { Confirmation } from './confirmation.ts';
import { scoreInterval, shownScore } from './metric.ts';
import type { Metric } from './metric.ts';
import type { RunProgress } from './progress.ts';
import type { Failure, Prediction, Trial, TrialResult } from './trials.ts';

type Direction = Pick<Metric, 'direction'>;
type Difference = Confirmation['difference'];

export const shownOrNull = (metric: Direction, score: number | null | undefined): number | null =>
  typeof score === 'number' ? shownScore(metric, score) : null;

/** Its lower end as the metric counts first. */
export const shownDifference = (metric: Direction, difference: Difference): Difference =>
  difference && { mean: shownScore(metric, difference.mean), ...scoreInterval(metric, difference) };

export function shownConfirmation(metric: Direction, confirmation: Confirmation): Confirmation {
  const { untouched, overUntouched } = confirmation;
  return {
    ...confirmation,
    baseline: shownScore(metric, confirmation.baseline),
    best: shownScore(metric, confirmation.best),
    difference: shownDifference(metric, confirmation.difference),
    seeds: confirmation.seeds.map((one) => ({
      ...one,
      baseline: shownOrNull(metric, one.baseline),
      best: shownOrNull(metric, one.best),
    })),
    ...(untouched === undefined ? {} : { untouched: shownScore(metric, untouched) }),
    ...(overUntouched === undefined ? {} : { overUntouched: shownDifference(metric, overUntouched) }),
  };
}

export function shownTrial(metric: Direction, trial: Trial): Trial {
  const { result, failure, delta } = trial;
  return {
    ...trial,
    result: result && shownResult(metric, result),
    failure: failure && shownFailure(metric, failure),
    delta: shownOrNull(metric, delta),
    ...shownExpected(metric, trial),
  };
}

function shownExpected(metric: Direction, { predicted }: Pick<Trial, 'predicted'>): Pick<Trial, 'predicted'> {
  const interval = (prediction: Prediction | null) => prediction && scoreInterval(metric, prediction);
  if (!predicted) return {};
  return { predicted: { byModel: interval(predicted.byModel), byAdviser: interval(predicted.byAdviser) } };
}

function shownResult(metric: Direction, result: TrialResult): TrialResult {
  return {
    ...result,
    score: shownScore(metric, result.score),
    ...(result.looks ? { looks: shownLooks(metric, result.looks) } : {}),
  };
}

const shownLooks = (metric: Direction, looks: NonNullable<TrialResult['looks']>): TrialResult['looks'] =>
  looks.map((look) => ({ ...look, score: shownScore(metric, look.score) }));

/** Facts of a training that had scores: one that was ended early has its look's and its limit's, one that broke a constraint its own. */
function shownFailure(metric: Direction, failure: Failure): Failure {
  const facts = { ...failure.facts };
  for (const name of ['score', 'below'])
    if (typeof facts[name] === 'number') facts[name] = shownScore(metric, facts[name]);
  if (Array.isArray(facts['looks'])) facts['looks'] = shownLooks(metric, facts['looks'] as TrialResult['looks'] & {});
  return { ...failure, facts };
}

export function shownProgress(metric: Direction, progress: RunProgress): RunProgress {
  const { baseline, best, lastTrial, inHand, confirmation, verdict } = progress;
  return {
    ...progress,
    baseline: baseline && { ...baseline, score: shownScore(metric, baseline.score) },
    best: best && { ...best, score: shownScore(metric, best.score) },
    lastTrial: lastTrial && shownTrial(metric, lastTrial),
    ...(inHand ? { inHand: inHand.map((one) => ({ ...one, ...shownExpected(metric, one) })) } : {}),
    untouched: shownOrNull(metric, progress.untouched),
    confirmation: confirmation && shownConfirmation(metric, confirmation),
    verdict: verdict && { ...verdict, difference: shownDifference(metric, verdict.difference) },
  };
}

export const shownColumn = (run: ComparedRun): ComparedRun => ({
  ...run,
  untouched: shownOrNull(run.metric, run.untouched),
  default: shownOrNull(run.metric, run.default),
  best: run.best && { ...run.best, score: shownScore(run.metric, run.best.score) },
  confirmation: run.confirmation && shownConfirmation(run.metric, run.confirmation),
});
