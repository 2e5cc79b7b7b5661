/** One trial, with the bounded remedies of its failures and the limits on training time. */
import type { TrainRequest } from '../activities/contract.ts';
import { remedyFor } from '../domain/failures.ts';
import { formatValue } from '../domain/progress.ts';
import { modelsOfLosers } from '../domain/keptModels.ts';
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
  for (;;) {
    const known = attempt.purpose === 'confirmation' ? null : measured(state, values);
    if (known) {
      state.cached += 1;
      return known;
    }
    const id = trialId(configFor(state, values, seed), state.trainer!);
    const outcome = await runTraining(host, id, values, seed, attempt);
    const remedy = 'failure' in outcome ? remedyFor(outcome.failure, batchOf(host, values), remedies) : null;
    if (remedy) {
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

async function runTraining(
  host: Host,
  id: string,
  values: Values,
  seed: number,
  attempt: Attempt,
): Promise<{ result: TrialResult } | { failure: Failure }> {
  const { state } = host;
  const maxSeconds = allowance(state);
  const number = state.trials.length + 1;
  const what = attempt.key ? `${attempt.key} = ${formatValue(values[attempt.key])}` : attempt.purpose.replace('_', ' ');
  try {
    const result = await host.steps.trainTrial(
      `trial ${number}: ${what}`,
      trainRequest(state, { id, number, values, seed }, maxSeconds),
    );
    spend(host, result.trainSeconds);
    return { result };
  } catch (error) {
    const failure = host.failureOf(error);
    if (!failure) throw error;
    spend(host, Number(failure.facts['train_seconds'] ?? 0));
    return { failure };
  }
}

/**
 * Trains a finished trial anew, for its model.
 *
 * @throws EndRun when no training time is left; else what the training throws: there is no other configuration to try.
 */
export async function trainAgain(host: Host, trial: ScoredTrial): Promise<TrialResult> {
  const result = await host.steps.trainTrial(`trial ${trial.number} again: its model was lost`, {
    ...trainRequest(host.state, trial, allowance(host.state)),
    modelNeeded: true,
  });
  spend(host, result.trainSeconds);
  return result;
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

/** Seconds that the next training may take; null = no limit. */
function allowance({ usage, config: { AGENT_SETTINGS: settings } }: RunState): number | null {
  const seconds = trainingAllowance(usage, settings);
  if (seconds === 0) throw new EndRun(`MAX_TRAIN_SECONDS (${settings.MAX_TRAIN_SECONDS}) is used up`, false);
  return seconds;
}

function spend({ state }: Host, seconds: number): void {
  state.usage = { ...state.usage, trainSeconds: state.usage.trainSeconds + seconds };
}

/** Batch and accumulation in force, also where they are not tunable. */
function batchOf({ state }: Host, values: Values): { TRAIN_BATCH_SIZE: number; GRAD_ACC_STEPS: number } {
  const { TRAIN_BATCH_SIZE, GRAD_ACC_STEPS } = configFor(state, { ...currentValues(state), ...values });
  return { TRAIN_BATCH_SIZE, GRAD_ACC_STEPS };
}
