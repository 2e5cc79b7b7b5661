/** How a run ended: the final object of `--json`, and the exit code. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceError, WorkflowFailedError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { CORRELATION } from '../domain/metric.ts';
import type { RunProgress } from '../domain/progress.ts';
import { shownDifference, shownOrNull } from '../domain/shownScores.ts';
import { EXIT } from '../runs/exitCodes.ts';
import { progressQuery } from '../workflows/messages.ts';
import type { tuningRun } from '../workflows/tuningRun.ts';

export interface Ended {
  progress: RunProgress | null;
  /** Why it failed, or null. */
  error: string | null;
  /** The type of the failure, also of a run that failed before it could tell of itself. */
  failure: string | null;
}

const ASK_AGAIN_MS = 1000;

/** Waits for the end of a run, over all its continued executions and over times when the server is away. */
export async function endOf(handle: WorkflowHandle<typeof tuningRun>): Promise<Ended> {
  try {
    return { progress: await told(handle, await handle.result()), error: null, failure: null };
  } catch (error) {
    if (error instanceof ServiceError) {
      await sleep(ASK_AGAIN_MS);
      return endOf(handle);
    }
    if (!(error instanceof WorkflowFailedError)) throw error;
    // A closed workflow still answers queries; without a worker there is only the error.
    const progress = await handle.query(progressQuery).catch(() => null);
    const type = error.cause instanceof ApplicationFailure ? (error.cause.type ?? null) : null;
    return {
      progress,
      error: progress?.endedEarly ?? (error.cause as Error | undefined)?.message ?? error.message,
      failure: progress?.failureKind ?? type,
    };
  }
}

/** What a run that ended under an earlier release left as its result lacks what came since; a worker can tell it. */
async function told(handle: WorkflowHandle<typeof tuningRun>, result: RunProgress): Promise<RunProgress> {
  if (result.search !== undefined) return result;
  return handle.query(progressQuery).catch(() => result);
}

export function exitCodeOf({ error, failure }: Ended): number {
  if (!error) return EXIT.done;
  return failure === 'data' || failure === 'bad_config' ? EXIT.badInput : EXIT.failed;
}

/** The final object. Scores are those of `metric`, as it counts; seconds are wall seconds of training. */
export function outcomeJson(
  workflowId: string,
  { progress, error }: Ended,
  webUi: string | null,
): Record<string, unknown> {
  const confirmation = progress?.confirmation ?? null;
  const metric = progress?.metric ?? CORRELATION;
  const shown = (score: number | null | undefined) => shownOrNull(metric, score);
  return {
    run: progress?.run ?? null,
    workflowId,
    status: progress?.status ?? 'failed',
    ...(error ? { error } : {}),
    verdict: progress?.verdict?.verdict ?? null,
    metric,
    difference: shownDifference(metric, progress?.verdict?.difference ?? null),
    published: progress?.published ?? null,
    says: progress?.verdict?.line ?? null,
    next: progress?.verdict?.next ?? null,
    adviser: progress?.adviser ?? null,
    baseline: progress?.baseline && {
      score: shown(progress.baseline.score),
      test: shown(confirmation?.baseline),
      trial: progress.baseline.trial,
    },
    best: progress?.best && {
      score: shown(progress.best.score),
      test: shown(confirmation?.best),
      config: progress.best.values,
      trial: progress.best.trial,
    },
    untouched: progress && {
      ...(progress.untouchedModel ? { model: progress.untouchedModel } : {}),
      score: shown(progress.untouched),
      test: shown(confirmation?.untouched),
    },
    noise: progress?.noise ?? null,
    search: progress?.search ?? null,
    anytime: progress?.anytime ?? null,
    predictions: progress?.predictions ?? null,
    trials: progress?.trials.asked ?? 0,
    trained: progress?.trials.trained ?? 0,
    cached: progress?.trials.cached ?? 0,
    failed: progress?.trials.failed ?? 0,
    pruned: progress?.trials.pruned ?? 0,
    reused: progress?.trials.reused ?? 0,
    advisedRounds: progress?.advised.byModel ?? 0,
    rounds: progress?.advised ?? null,
    languageModel: progress?.languageModel ?? null,
    usage: progress && {
      calls: progress.usage.calls,
      attempts: progress.usage.attempts,
      tokens: progress.usage.promptTokens + progress.usage.completionTokens,
      assumedTokens: progress.usage.assumedTokens,
      costUsd: progress.usage.costUsd,
      trainSeconds: progress.usage.trainSeconds,
    },
    estimate: progress?.estimate ?? null,
    report: progress?.report ?? null,
    bestModel: progress?.bestModel ?? null,
    webUi,
  };
}
