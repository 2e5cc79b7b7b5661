/**
 * Whether what was good in an earlier run may be good in this one: judged by facts that both runs have, before a single
 * training is spent on it.
 */
import { metricOf } from '../domain/metric.ts';
import type { RunState } from '../domain/runState.ts';
import { baselineOf, unitOfScores } from '../domain/runTrials.ts';
import type { TuningConfig } from '../domain/settings.ts';
import { canonicalJson } from '../domain/trialIdentity.ts';

/** `same`: the same rows. `related`: other rows of the same source. `alike`: another source that behaves the same. */
export type Similarity = 'same' | 'related' | 'alike';

/**
 * Row counts may differ by this factor: what is best for batch, epochs and learning rate moves with the number of steps,
 * and a factor of 4 is two steps of the batch sizes.
 */
const SIZE_FACTOR = 4;
/** Dev scores, in units of the scores (`scoreUnit`), that may lie this far apart, of the untouched model and of the default. */
const SCORES_WITHIN = 0.1;
/** The same for what training with the default brings: paired on the same rows, so its noise is smaller. */
const GAINS_WITHIN = 0.05;

/**
 * How similar the data of an earlier run are; null when its settings say nothing about this run.
 *
 * Task and weights must be the same, and the sizes of the splits comparable. Rows of another source count only when both runs
 * know the scores of the untouched model and of the default, and they agree. Every fact that both know may refuse.
 */
export function similarityOf(run: RunState, earlier: RunState): Similarity | null {
  const [ours, theirs] = [run.trainer?.inspection, earlier.trainer?.inspection];
  if (!trainTheSame(run, earlier)) return null;
  if (!ours || !theirs || ours.model.fingerprint !== theirs.model.fingerprint) return null;
  if (ours.data.fingerprint === theirs.data.fingerprint) return 'same';
  const [splits, theirSplits] = [ours.data.splits, theirs.data.splits];
  if (!sizesAgree(splits.train.rows, theirSplits.train.rows) || !sizesAgree(splits.dev.rows, theirSplits.dev.rows))
    return null;
  if (!rangesAgree(run, earlier)) return null;
  if (canonicalJson(metricOf(run)) !== canonicalJson(metricOf(earlier))) return null;
  const scores = scoresAgree(scoresOf(run), scoresOf(earlier), unitOfScores(run));
  if (scores === false) return null;
  if (ours.data.source === theirs.data.source) return 'related';
  return scores === true ? 'alike' : null;
}

/** Whether both train the same thing; before 0.6.0 there was one task. */
function trainTheSame({ config: ours }: RunState, { config: theirs }: RunState): boolean {
  const of = ({ DEFAULT_CONFIG: { TASK, TRAINER, TRAINER_COMMAND } }: TuningConfig) =>
    canonicalJson([TASK ?? 'sts', TRAINER ?? null, TRAINER_COMMAND ?? null]);
  return of(ours) === of(theirs);
}

const sizesAgree = (a: number, b: number): boolean => Math.max(a, b) <= SIZE_FACTOR * Math.min(a, b);

/** Ranges of the gold scores, where both runs were told them: grades of another scale are another task. */
function rangesAgree(a: RunState, b: RunState): boolean {
  const [ours, theirs] = [a.config.DEFAULT_CONFIG.SCORE_RANGE, b.config.DEFAULT_CONFIG.SCORE_RANGE];
  return !ours || !theirs || (ours[0] === theirs[0] && ours[1] === theirs[1]);
}

interface Scores {
  untouched: number | null;
  trained: number | null;
}
const scoresOf = (run: RunState): Scores => ({
  untouched: run.untouched,
  trained: baselineOf(run)?.result.score ?? null,
});

/** True when all facts are known and agree, false when one of them contradicts, null when some are unknown. */
function scoresAgree(a: Scores, b: Scores, unit: number): boolean | null {
  const pairs: [number | null, number | null, number][] = [
    [a.untouched, b.untouched, SCORES_WITHIN],
    [a.trained, b.trained, SCORES_WITHIN],
    [gainOf(a), gainOf(b), GAINS_WITHIN],
  ];
  const known = pairs.filter(([ours, theirs]) => ours !== null && theirs !== null);
  if (known.some(([ours, theirs, within]) => Math.abs(ours! - theirs!) > within * unit)) return false;
  return known.length === pairs.length ? true : null;
}

const gainOf = ({ untouched, trained }: Scores): number | null =>
  untouched === null || trained === null ? null : trained - untouched;
