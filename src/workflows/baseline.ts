/**
 * Step 2. The default configuration is measured first, and its score is never credited to the adviser; with more seeds,
 * so that the run knows how much of a difference is noise.
 */
import { ApplicationFailure } from '@temporalio/workflow';
import { currentValues } from '../domain/runState.ts';
import { slotsOf } from '../domain/slots.ts';
import { FAILURE_KINDS } from '../domain/trials.ts';
import type { FailureKind } from '../domain/trials.ts';
import type { Hint } from '../domain/study.ts';
import { studySearch } from './deciding.ts';
import { endIfAsked } from './gates.ts';
import type { Host } from './host.ts';
import { trainAll } from './training.ts';

/** Failures that every other configuration would share. */
const HOPELESS: ReadonlySet<FailureKind> = new Set(['data', 'bad_config', 'disk', 'trainer_bug']);

export async function trainBaseline(host: Host): Promise<void> {
  const { state } = host;
  if (host.release >= 3) endIfAsked(host);
  const values = currentValues(state);
  const common = { key: null, values, proposedBy: 'default' as const, reason: null };
  const { SEED } = state.config.DEFAULT_CONFIG;
  const seeds = host.release >= 4 ? state.config.AGENT_SETTINGS.NOISE_SEEDS : 0;
  const noise = Array.from({ length: seeds }, (_, index) => ({
    ...common,
    purpose: 'noise' as const,
    seed: SEED + 1 + index,
  }));
  const baseline = { purpose: 'baseline' as const, ...common };
  // On one slot the default comes alone: what it cannot be trained with, no seed can.
  const together = slotsOf(state) > 1 ? noise : [];
  const [first] = await trainAll(host, [baseline, ...together]);
  const trial = first!;
  if (trial.failure && HOPELESS.has(trial.failure.kind)) {
    throw ApplicationFailure.nonRetryable(
      `the default configuration cannot be trained (${FAILURE_KINDS[trial.failure.kind]}): ${trial.failure.message}`,
      trial.failure.kind,
    );
  }
  if (together.length < noise.length && trial.result) {
    endIfAsked(host);
    await trainAll(host, noise);
  }
  if (host.release >= 4 && trial.result) {
    state.hints = await earlierEvidence(host);
    // From here on the noise is known: the plan is told of it, and a base configuration is held against it.
    await studySearch(host, null, 0);
  }
  state.phase = 'planning';
  endIfAsked(host);
}

/** Settings that were good in earlier runs on similar data; a run does without when they cannot be had. */
async function earlierEvidence(host: Host): Promise<Hint[]> {
  const { state, steps } = host;
  if (!state.config.AGENT_SETTINGS.REUSE_TRIALS) return [];
  try {
    return await steps.earlierEvidence('good settings of earlier runs on similar data', { state });
  } catch (error) {
    if (host.isCancellation(error)) throw error;
    state.notes.push(`earlier runs are not taken into account: ${host.describeError(error).message}`);
    return [];
  }
}
