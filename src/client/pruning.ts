/** Which runs `prune` takes. */
import { incumbentOf } from '../domain/runTrials.ts';
import { standingOf } from '../runs/knownRuns.ts';
import type { KnownRun } from '../runs/knownRuns.ts';
import { UserError } from '../runs/userError.ts';
import { SEARCH_ATTRIBUTES } from '../workflows/messages.ts';
import { t } from '../words/catalogue.ts';

const UNIT_MS: Record<string, number> = { h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };

/** Milliseconds in an age such as 12h, 30d or 8w. */
export function parseAge(text: string): number {
  const [, count, unit] = /^(\d+(?:\.\d+)?)([hdw])$/.exec(text) ?? [];
  if (count === undefined)
    throw new UserError(t`--older-than ${text}: must be a number with h, d or w, for example 12h, 30d, 8w`);
  return Number(count) * UNIT_MS[unit!]!;
}

export interface Pruning {
  /** Only runs that ended longer ago; null = whatever their age. */
  olderThanMs: number | null;
  /** Runs with the highest scores that stay; null = none. */
  keepBest: number | null;
  now: number;
}

/**
 * Ended runs alone: one that runs, or of which nobody knows whether it does, is never taken. Nor, where the best ones stay, is
 * one whose score only the server knows: whether higher or lower is better there is not known.
 */
export function chooseForPruning(runs: readonly KnownRun[], { olderThanMs, keepBest, now }: Pruning): KnownRun[] {
  const ended = runs.filter((known) => standingOf(known) === 'ended');
  const best = new Set(
    ended
      .filter((known) => scoreOf(known) !== null)
      .sort((a, b) => scoreOf(b)! - scoreOf(a)!)
      .slice(0, keepBest ?? 0),
  );
  return ended.filter(
    (known) =>
      !best.has(known) &&
      !(keepBest !== null && hasUnrankedScore(known)) &&
      (olderThanMs === null || now - (endOfRun(known) ?? now) > olderThanMs),
  );
}

/** Unix milliseconds; null when it has not ended, or nobody knows when. */
export function endOfRun({ info, record }: KnownRun): number | null {
  if (info) return info.closeTime?.getTime() ?? null;
  return record && record.state.status !== 'running' ? Date.parse(record.savedAt) : null;
}

const scoreOf = ({ record }: KnownRun): number | null =>
  record ? (incumbentOf(record.state)?.result.score ?? null) : null;

const hasUnrankedScore = ({ info, record }: KnownRun): boolean =>
  !record && typeof info?.typedSearchAttributes.get(SEARCH_ATTRIBUTES.bestScore) === 'number';
