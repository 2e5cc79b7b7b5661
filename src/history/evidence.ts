/**
 * Settings of earlier runs that are worth a probe in this one. They are hints: each is tried as an ordinary training, and
 * none is believed.
 */
import { measured } from '../domain/configurations.ts';
import type { RunState } from '../domain/runState.ts';
import { baselineOf, incumbentOf } from '../domain/runTrials.ts';
import { unitsIn } from '../domain/trainerFacts.ts';
import { metricOf } from '../domain/metric.ts';
import { noticeableDifference } from '../domain/noise.ts';
import { apart } from '../domain/rhythms.ts';
import { said } from '../domain/said.ts';
import { DEFAULT_SPACES, refuseValue, tunableValues } from '../domain/searchSpace.ts';
import type { Hint } from '../domain/study.ts';
import type { TrainingKey } from '../domain/trainingConfig.ts';
import { canonicalJson } from '../domain/trialIdentity.ts';
import type { ScoredTrial, Values } from '../domain/trials.ts';
import { isScored } from '../domain/trials.ts';
import { similarityOf } from './similarity.ts';
import type { Similarity } from './similarity.ts';

/** Each costs a training when it misleads. */
const MOST_HINTS = 3;
/** Standard deviations of the difference that a winner must lead by: it is the best of many, so one is not enough. */
const BEYOND_NOISE = 2;

interface Evidence {
  run: string;
  similarity: Similarity;
  confirmed: boolean;
  /** Mean dev score of the winner over its default's. */
  gain: number;
  default: number;
  best: number;
  change: Values;
}

/**
 * Up to MOST_HINTS hints from earlier runs, the ones to try first in front: confirmed winners, then the more similar data, then the
 * greater gain.
 *
 * A run gives at most one, its winner as a whole: parts of it were never measured on their own. A run with
 * `REUSE_TRIALS: false` takes none, but gives its own: what it measured is as true as anything else.
 *
 * @param earlier - Their states, whatever became of them; those that are not similar are left out.
 */
export function hintsFrom(state: RunState, earlier: readonly RunState[]): Hint[] {
  const found = earlier
    .flatMap((run) => evidenceOf(state, run) ?? [])
    .sort(
      (a, b) =>
        Number(b.confirmed) - Number(a.confirmed) ||
        CLOSENESS[b.similarity] - CLOSENESS[a.similarity] ||
        b.gain - a.gain ||
        (a.run < b.run ? -1 : 1),
    );
  const hints = new Map<string, Hint>();
  for (const evidence of found) {
    const what = canonicalJson(evidence.change);
    if (!hints.has(what)) hints.set(what, { change: evidence.change, by: 'earlier_run', source: sourceOf(evidence) });
  }
  return [...hints.values()].slice(0, MOST_HINTS);
}

const CLOSENESS: Record<Similarity, number> = { same: 2, related: 1, alike: 0 };
const WORDS: Record<Similarity, string> = {
  same: said`the same data`,
  related: said`other rows of the same data`,
  alike: said`data that behave alike (rows, untouched model and default)`,
};

function sourceOf({ run, similarity, confirmed, default: before, best }: Evidence): string {
  const backing = confirmed ? said`confirmed on held-out rows` : said`beyond noise, not confirmed on held-out rows`;
  return said`best of ${run} on ${WORDS[similarity]}: dev ${best.toFixed(4)} against its default's ${before.toFixed(4)}, ${backing}`;
}

function evidenceOf(state: RunState, earlier: RunState): Evidence | null {
  const [baseline, best] = [baselineOf(earlier), incumbentOf(earlier)];
  if (!baseline || !best || best.id === baseline.id || earlier.confirmation?.verdict === 'worse') return null;
  const similarity = similarityOf(state, earlier);
  if (!similarity) return null;
  const lead = leadOf(earlier, baseline, best);
  const confirmed = earlier.confirmation?.verdict === 'better';
  const change = changeFor(state, earlier, best);
  if (!change || (!confirmed && lead.gain <= BEYOND_NOISE * lead.sd) || lead.gain <= 0) return null;
  return { run: earlier.run, similarity, confirmed, ...lead, change };
}

/** Mean scores over all seeds of both, and the standard deviation of their difference between seeds. */
function leadOf(
  run: RunState,
  baseline: ScoredTrial,
  best: ScoredTrial,
): Pick<Evidence, 'gain' | 'default' | 'best'> & { sd: number } {
  const [before, after] = [baseline, best].map((trial) => scoresOf(run, trial.values)) as [number[], number[]];
  const [low, high] = [mean(before), mean(after)];
  const dev = unitsIn(run.trainer!.inspection.data.splits.dev);
  // Before 0.4.0 nobody measured it: the noise of the pairs alone, as a difference at 95 %, stands in for it.
  const measuredNoise = run.noise && run.noise.repeats > 0 ? run.noise : null;
  const sd = measuredNoise
    ? Math.hypot(measuredNoise.atDefault / Math.sqrt(before.length), measuredNoise.atBase / Math.sqrt(after.length))
    : samplingOf(run, low, dev);
  return { gain: high - low, default: low, best: high, sd };
}

/** Nothing is followed of a run whose noise nobody knows. */
function samplingOf(run: RunState, score: number, rows: number): number {
  const difference = noticeableDifference(score, rows, metricOf(run));
  return difference === null ? Infinity : difference / 1.96;
}

function scoresOf(run: RunState, values: Values): number[] {
  const wanted = canonicalJson(values);
  return run.trials
    .filter((trial) => trial.share === undefined && canonicalJson(trial.values) === wanted)
    .filter(isScored)
    .map(({ result }) => result.score);
}

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

/**
 * What this run must change in its default to train what won there; null when it cannot (a key that it may not tune, a
 * value outside its space), or need not (it is the default, or measured here).
 */
function changeFor(state: RunState, earlier: RunState, { values }: ScoredTrial): Values | null {
  const { DEFAULT_CONFIG: ours, TUNABLE_KEYS: spaces } = state.config;
  const won: Values = { ...tunableValues(earlier.config.DEFAULT_CONFIG, apart(DEFAULT_SPACES).searched), ...values };
  const change: Values = {};
  for (const [key, value] of Object.entries(won)) {
    if (ours[key as TrainingKey] === value) continue;
    const space = spaces[key];
    if (!space || refuseValue(key, value, space) !== null) return null;
    change[key] = value;
  }
  if (Object.keys(change).length === 0) return null;
  return measured(state, { ...tunableValues(ours, spaces), ...change }) ? null : change;
}
