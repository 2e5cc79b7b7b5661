/**
 * When a training is hopeless: judged against finished trainings at the same share of their steps, with room for the most
 * that any of them still gained from there, and for noise.
 */
import { formatScore } from './progress.ts';
import { incumbentOf } from './runState.ts';
import type { RunState } from './runState.ts';
import { isScored, ofSearch } from './trials.ts';

/** What makes a curve hopeless, made from comparable trials before the training begins, so that it is the same on every attempt. */
export interface PruneRule {
  /** A score below `below` at look number `look` (1 to EVAL_LOOKS, the last left out) ends the training. */
  looks: { look: number; below: number }[];
  /** What the limits were made from, in a sentence. */
  evidence: string;
}

/** Finished trainings that are needed before any may be ended early. */
const COMPARABLE_AT_LEAST = 3;
/** Looks before this share of the steps decide nothing: schedules that warm up or hold their rate start slowly. */
const FROM_SHARE = 0.5;
/** Standard deviations of noise that are given on top. */
const MARGIN = 3;

/** The limits for the next training of the search; null when nothing may be ended early. */
export function pruneRule(state: RunState): PruneRule | null {
  const { PRUNING } = state.config.AGENT_SETTINGS;
  const looks = state.config.DEFAULT_CONFIG.EVAL_LOOKS;
  const incumbent = incumbentOf(state);
  if (!PRUNING || looks === null || !incumbent) return null;
  const comparable = state.trials
    .filter(isScored)
    .filter(ofSearch)
    .flatMap(({ result }) => (result.looks?.length === looks ? [result] : []));
  if (comparable.length < COMPARABLE_AT_LEAST) return null;
  const margin = MARGIN * (state.noise?.atBase ?? 0);
  const limits = [];
  for (let look = Math.ceil(FROM_SHARE * looks); look < looks; look += 1) {
    const laterGain = Math.max(...comparable.map(({ score, looks: seen }) => score - seen![look - 1]!.score));
    limits.push({ look, below: incumbent.result.score - laterGain - margin });
  }
  return {
    looks: limits,
    evidence: `best so far ${formatScore(incumbent.result.score)}; the most that one of ${comparable.length} finished trainings still gained after that look, and ${MARGIN} standard deviations of noise (${formatScore(state.noise?.atBase ?? 0)}), are left to it`,
  };
}
