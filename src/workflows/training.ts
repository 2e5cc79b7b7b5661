/** One trial, with the bounded remedies of its failures and the limits on training time. */
import type { TrainRequest } from '../activities/contract.ts';
import { endsRun } from '../domain/decisions.ts';
import { remedyFor } from '../domain/failures.ts';
import { formatValue } from '../domain/progress.ts';
import { modelsOfLosers, rivalOf } from '../domain/keptModels.ts';
import { configFor, currentValues, measured, recordTrial } from '../domain/runState.ts';
import type { RunState } from '../domain/runState.ts';
import type {
  Failure,
  ProposedBy,
  Purpose,
  Reason,
  Remedy,
  ScoredTrial,
  Trial,
  TrialResult,
  Values,
} from '../domain/trials.ts';
import { trialId } from '../domain/trialIdentity.ts';
import { trainingAllowance } from '../domain/usage.ts';
import { endIfOutOfTime, runSecondsLeft } from './gates.ts';
import type { Host } from './host.ts';
import { EndRun } from './outcomes.ts';

export interface Attempt {
  purpose: Purpose;
  key: string | null;
  values: Values;
  proposedBy: ProposedBy;
  reason: Reason | null;
  /** Differs from the run's seed for confirmations only. */
  seed?: number;
}

/**
 * Trains a configuration unless it has been measured, and records the outcome.
 *
 * A training that fails for good is recorded as failed, and the run goes on.
 *
 * @throws EndRun when no training time is left.
 */
export async function train(host: Host, attempt: Attempt): Promise<Trial> {
  const { state } = host;
  const seed = attempt.seed ?? state.config.DEFAULT_CONFIG.SEED;
  const remedies: Remedy[] = [];
  let values = attempt.values;
  /** The failure whose remedy is tried now. */
  let failed: FailedBefore | null = null;
  for (;;) {
    const known = attempt.purpose === 'confirmation' ? null : measured(state, values);
    if (known) {
      state.cached += 1;
      if (failed && host.release >= 3)
        recordWithKnownRemedy(host, attempt, seed, { ...failed, remedies: remedies.slice(0, -1) }, known);
      return known;
    }
    const id = trialId(configFor(state, values, seed), state.trainer!);
    const outcome = await runTraining(host, id, values, seed, attempt);
    const wanted = host.release < 3 || !endsRun(state.inbox);
    const remedy = 'failure' in outcome && wanted ? remedyFor(outcome.failure, batchOf(host, values), remedies) : null;
    if (remedy && 'failure' in outcome) {
      failed = { id, values, failure: outcome.failure };
      remedies.push(remedy);
      values = { ...values, ...remedy.after };
      continue;
    }
    const trial = recordTrial(state, {
      id,
      number: state.trials.length + 1,
      purpose: attempt.purpose,
      key: attempt.key,
      round: attempt.purpose === 'round' ? state.round : null,
      seed,
      values,
      proposedBy: attempt.proposedBy,
      reason: attempt.reason,
      remedies,
      result: 'result' in outcome ? outcome.result : null,
      failure: 'failure' in outcome ? outcome.failure : null,
    });
    host.show();
    return trial;
  }
}

type FailedBefore = { id: string; values: Values; failure: Failure };

/** What failed, and whose last remedy was measured before: it is on record as failed, so that nobody tries it again. */
function recordWithKnownRemedy(
  host: Host,
  { purpose, key, proposedBy, reason }: Attempt,
  seed: number,
  { id, values, failure, remedies }: FailedBefore & { remedies: Remedy[] },
  known: Trial,
): void {
  const { state } = host;
  recordTrial(state, {
    id,
    number: state.trials.length + 1,
    purpose,
    key,
    round: purpose === 'round' ? state.round : null,
    seed,
    values,
    proposedBy,
    reason,
    remedies,
    result: null,
    failure: { ...failure, message: `${failure.message} (the remedy was measured before, as trial ${known.number})` },
  });
  host.show();
}

async function runTraining(
  host: Host,
  id: string,
  values: Values,
  seed: number,
  attempt: Attempt,
): Promise<{ result: TrialResult } | { failure: Failure }> {
  const { state } = host;
  const maxSeconds = allowance(host);
  const number = state.trials.length + 1;
  const what = attempt.key ? `${attempt.key} = ${formatValue(values[attempt.key])}` : attempt.purpose.replace('_', ' ');
  const request = {
    ...trainRequest(state, { id, number, values, seed }, maxSeconds),
    rival: rivalOf(state, attempt.purpose),
  };
  try {
    return { result: await counted(host, () => host.steps.trainTrial(`trial ${number}: ${what}`, request)) };
  } catch (error) {
    if (error instanceof EndRun) state.notes.push(`trial ${number} (${what}) was ended unfinished: ${error.message}`);
    const failure = host.failureOf(error);
    if (!failure) throw error;
    return { failure };
  }
}

/** A training that a person may end at once, with its seconds in the ledger however it ends. */
async function counted(host: Host, work: () => Promise<TrialResult>): Promise<TrialResult> {
  const began = host.now();
  try {
    // Without the model that is published there is nothing to stop for.
    const result = await (host.state.phase === 'publishing' ? work() : host.interruptible(work));
    spend(host, result.trainSeconds, began);
    return result;
  } catch (error) {
    const facts = error instanceof EndRun ? host.describeError(error.cause).details : host.failureOf(error)?.facts;
    spend(host, trainSecondsIn(facts), began);
    throw error;
  }
}

/** Seconds of training that an unfinished activity tells of. */
function trainSecondsIn(facts: unknown): number {
  const seconds = Number((facts as Record<string, unknown> | null | undefined)?.['train_seconds'] ?? 0);
  return Number.isFinite(seconds) ? seconds : 0;
}

/**
 * Trains a finished trial anew, for its model.
 *
 * @throws EndRun when no training time is left; else what the training throws: there is no other configuration to try.
 */
export async function trainAgain(host: Host, trial: ScoredTrial): Promise<TrialResult> {
  const request = { ...trainRequest(host.state, trial, allowance(host)), modelNeeded: true };
  return counted(host, () => host.steps.trainTrial(`trial ${trial.number} again: its model was lost`, request));
}

function trainRequest(
  state: RunState,
  { id, number, values, seed }: Pick<Trial, 'id' | 'number' | 'values' | 'seed'>,
  maxSeconds: number | null,
): TrainRequest {
  const { HANG_SECONDS: hangSeconds, TRIAL_RETRIES: retries } = state.config.AGENT_SETTINGS;
  return {
    run: state.run,
    trial: id,
    number,
    config: configFor(state, values, seed),
    maxSeconds,
    hangSeconds,
    retries,
    losers: modelsOfLosers(state).filter((loser) => loser !== id),
  };
}

/** Seconds that the next training may take, of the budget for trainings and of the run's time; null = no limit. */
function allowance(host: Host): number | null {
  const { usage, config, phase } = host.state;
  const seconds = trainingAllowance(usage, config.AGENT_SETTINGS);
  if (seconds === 0)
    throw new EndRun(`MAX_TRAIN_SECONDS (${config.AGENT_SETTINGS.MAX_TRAIN_SECONDS}) is used up`, false);
  // What comes after the tuning (fresh seeds, a lost model) is not cut off by the time that the tuning had.
  const tuning = phase === 'baseline' || phase === 'planning' || phase === 'tuning';
  if (host.release < 3 || !tuning) return seconds;
  endIfOutOfTime(host);
  const left = runSecondsLeft(host);
  return left === null ? seconds : Math.min(left, seconds ?? left);
}

/** Counts a training's seconds; what the activity took beyond them was waiting for a free worker, which the run's time leaves out. */
function spend({ state, now, release }: Host, seconds: number, began: number): void {
  state.usage = { ...state.usage, trainSeconds: state.usage.trainSeconds + seconds };
  if (release >= 3) state.waitedMs += Math.max(0, now() - began - seconds * 1000);
}

/** Batch and accumulation in force, also where they are not tunable. */
function batchOf({ state }: Host, values: Values): { TRAIN_BATCH_SIZE: number; GRAD_ACC_STEPS: number } {
  const { TRAIN_BATCH_SIZE, GRAD_ACC_STEPS } = configFor(state, { ...currentValues(state), ...values });
  return { TRAIN_BATCH_SIZE, GRAD_ACC_STEPS };
}
