/**
 * Step 2. The default configuration is measured first, and its score is never credited to the adviser; with more seeds,
 * so that the run knows how much of a difference is noise.
 */
import { ApplicationFailure } from '@temporalio/workflow';
import { hintsOfModels } from '../domain/baseModels.ts';
import { currentValues } from '../domain/configurations.ts';
import { isShared } from '../domain/failures.ts';
import { freshSeeds } from '../domain/runTrials.ts';
import { slotsOf } from '../domain/slots.ts';
import { FAILURE_KINDS } from '../domain/trials.ts';
import type { EarlierEvidence } from '../domain/contract.ts';
import { said } from '../domain/said.ts';
import { studySearch } from './deciding.ts';
import { endIfAsked } from './gates.ts';
import { keepFirstEstimate } from './estimating.ts';
import type { Host } from './host.ts';
import { trainAll } from './training.ts';

export async function trainBaseline(host: Host): Promise<void> {
  const { state } = host;
  if (host.release >= 3) endIfAsked(host);
  const values = currentValues(state);
  const common = { key: null, values, proposedBy: 'default' as const, reason: null };
  const { SEED } = state.config.DEFAULT_CONFIG;
  const seeds = host.release >= 4 ? state.config.AGENT_SETTINGS.NOISE_SEEDS : 0;
  // The run's own seed is that of the default, which comes first.
  const others = freshSeeds({ trials: [{ seed: SEED }] }, seeds);
  const noise = others.map((seed) => ({ ...common, purpose: 'noise' as const, seed }));
  const baseline = { purpose: 'baseline' as const, ...common };
  // On one slot the default comes alone: what it cannot be trained with, no seed can.
  const together = slotsOf(state) > 1 ? noise : [];
  const [first] = await trainAll(host, [baseline, ...together]);
  const trial = first!;
  // Where nothing was timed, this was the first training that tells.
  keepFirstEstimate(host);
  if (trial.failure && isShared(trial.failure.kind)) {
    throw ApplicationFailure.nonRetryable(
      said`the default configuration cannot be trained (${FAILURE_KINDS[trial.failure.kind]}): ${trial.failure.message}`,
      trial.failure.kind,
    );
  }
  if (together.length < noise.length && trial.result) {
    endIfAsked(host);
    await trainAll(host, noise);
  }
  if (host.release >= 4 && trial.result) {
    const { hints, seeds: earlierSeeds } = await earlierEvidence(host);
    state.hints = [...hintsOfModels(state), ...hints];
    state.earlierSeeds = earlierSeeds;
    // From here on the noise is known: the plan is told of it, and a base configuration is held against it.
    await studySearch(host, null, 0);
  }
  state.phase = 'planning';
  endIfAsked(host);
}

/** What earlier runs have to say; a run does without when it cannot be had. */
async function earlierEvidence(host: Host): Promise<EarlierEvidence> {
  const { state, steps } = host;
  if (!state.config.AGENT_SETTINGS.REUSE_TRIALS) return NOTHING;
  try {
    return await steps.earlierEvidence('what earlier runs on similar data say', { state });
  } catch (error) {
    if (host.isCancellation(error)) throw error;
    state.notes.push(said`earlier runs are not taken into account: ${host.describeError(error).message}`);
    return NOTHING;
  }
}

const NOTHING: EarlierEvidence = { hints: [], seeds: [] };
