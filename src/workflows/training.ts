/** One trial, with the bounded remedies of its failures; several at once where the machine has slots. */
import { nextNumber } from '../domain/archive.ts';
import { configFor, currentValues, measured } from '../domain/configurations.ts';
import { endsRun } from '../domain/inbox.ts';
import { remedyFor } from '../domain/remedies.ts';
import type { Memory } from '../domain/remedies.ts';
import { formatValue } from '../domain/formats.ts';
import { isPlugin } from '../domain/metric.ts';
import { rivalOf } from '../domain/keptModels.ts';
import { pruneRule } from '../domain/pruning.ts';
import { inShort } from '../domain/inShort.ts';
import { OTHER_KIND } from '../domain/runKind.ts';
import { recordTrial } from '../domain/runTrials.ts';
import { said } from '../domain/said.ts';
import { factsOf } from '../domain/slots.ts';
import type {
  Failure,
  Origin,
  ProposedBy,
  Purpose,
  Reason,
  Remedy,
  Trial,
  TrialInHand,
  TrialResult,
  Values,
} from '../domain/trials.ts';
import { trialTitle } from '../domain/trialWords.ts';
import { trialId } from '../domain/trialIdentity.ts';
import { withExpectations } from './expecting.ts';
import type { Host } from './host.ts';
import { EndRun } from './outcomes.ts';
import { track } from './tracking.ts';
import { trainRequest } from './trainRequest.ts';
import { allowance, counted } from './trainingTime.ts';

export interface Attempt {
  purpose: Purpose;
  key: string | null;
  values: Values;
  proposedBy: ProposedBy;
  reason: Reason | null;
  /** Absent: the run's. Noise, repeats and confirmations have others. */
  seed?: number;
  /** Share of the training rows, below 1, of an opening. */
  share?: number;
  /** Since 0.4.0: the round within its parameter, what differs from the base, and what was expected. */
  round?: number | null;
  change?: Values;
  origin?: Origin | null;
  predicted?: Trial['predicted'];
}

/**
 * Trains a configuration unless it has been measured, and records the outcome.
 *
 * A training that fails for good is recorded as failed, and the run goes on.
 *
 * @throws EndRun when no training time is left.
 */
export async function train(host: Host, attempt: Attempt): Promise<Trial> {
  const [trial] = await trainAll(host, [attempt]);
  return trial!;
}

/**
 * The same for several at once, side by side as far as the machine has slots; recorded in the order of the attempts,
 * whichever ends first.
 *
 * @throws EndRun as `train` does, once all have ended and those that finished are on record.
 */
export async function trainAll(host: Host, given: readonly Attempt[]): Promise<Trial[]> {
  const attempts = await withExpectations(host, given);
  const batch: Batch = { size: attempts.length, waits: [], inHand: new Map() };
  const first = nextNumber(host.state);
  host.state.inHand = attempts.map((attempt, index) => begun(host, attempt, first + index));
  // Earlier executions showed nothing here, and what is shown may be a command.
  if (host.release >= 7) host.show();
  const ended = await Promise.allSettled(
    attempts.map((attempt, index) => measure(host, attempt, first + index, batch)),
  );
  host.state.inHand = [];
  if (host.release >= 4) host.state.waitedMs += batch.waits.length > 0 ? Math.min(...batch.waits) : 0;
  const trials: Trial[] = [];
  for (const [index, outcome] of ended.entries())
    if (outcome.status === 'fulfilled') trials.push(record(host, attempts[index]!, outcome.value));
  track(host);
  const broken = ended.find((outcome) => outcome.status === 'rejected');
  if (broken) throw broken.reason;
  return trials;
}

/** What people are shown of a training while it runs. */
function begun(host: Host, attempt: Attempt, number: number): TrialInHand {
  const seed = attempt.seed ?? host.state.config.DEFAULT_CONFIG.SEED;
  return { ...attempt, number, seed, round: roundOf(host, attempt), remedies: [] };
}

/** The round of its parameter that a training is; before 0.4.0 all of them were the state's. */
const roundOf = ({ state, release }: Host, { purpose, round }: Attempt): number | null =>
  round ?? (purpose === 'round' && release < 4 ? state.round : null);

/** Trainings that run side by side. */
interface Batch {
  size: number;
  /** Milliseconds that each waited for a free worker. */
  waits: number[];
  /** By identity: two that turn out to be the same, by a remedy, are one training. */
  inHand: Map<string, Promise<{ result: TrialResult } | { failure: Failure }>>;
}

type Measured = {
  id: string;
  values: Values;
  seed: number;
  remedies: Remedy[];
  result: TrialResult | null;
  failure: Failure | null;
};
/** `failed`: what failed before its last remedy turned out to be known. */
type Known = { known: Trial; failed: Measured | null };

async function measure(host: Host, attempt: Attempt, number: number, batch: Batch): Promise<Measured | Known> {
  const { state } = host;
  const seed = attempt.seed ?? state.config.DEFAULT_CONFIG.SEED;
  const remedies: Remedy[] = [];
  let values = attempt.values;
  /** The failure whose remedy is tried now. */
  let failed: Measured | null = null;
  for (;;) {
    const whole = seed === state.config.DEFAULT_CONFIG.SEED && attempt.share === undefined;
    const known = whole ? measured(state, values) : null;
    if (known) {
      noteEnd(host, number);
      return { known, failed };
    }
    const id = trialId(configFor(state, values, seed, attempt.share), factsOf(state));
    const running = batch.inHand.get(id) ?? runTraining(host, { id, number, values, seed }, attempt, batch);
    batch.inHand.set(id, running);
    const outcome = await running;
    const wanted = host.release < 3 || !endsRun(state.inbox);
    // What an own training does with its batch, only its author knows.
    const mends = wanted && !isPlugin(state.config.DEFAULT_CONFIG);
    const remedy = 'failure' in outcome && mends ? remedyFor(outcome.failure, memoryOf(host, values), remedies) : null;
    if (!remedy || !('failure' in outcome)) {
      const result = 'result' in outcome ? outcome.result : null;
      noteEnd(host, number);
      return { id, values, seed, remedies, result, failure: 'failure' in outcome ? outcome.failure : null };
    }
    failed = { id, values, seed, remedies: [...remedies], result: null, failure: outcome.failure };
    remedies.push(remedy);
    values = { ...values, ...remedy.after };
    const shown = { values, remedies: [...remedies] };
    state.inHand = state.inHand.map((one) => (one.number === number ? { ...one, ...shown } : one));
  }
}

/** What is shown of one that has ended before those beside it. */
function noteEnd({ state }: Host, number: number): void {
  state.inHand = state.inHand.map((one) => (one.number === number ? { ...one, ended: true } : one));
}

function record(host: Host, attempt: Attempt, outcome: Measured | Known): Trial {
  const { state } = host;
  if ('known' in outcome) {
    const { known, failed } = outcome;
    state.cached += 1;
    // What failed is on record as failed, so that nobody tries it again.
    if (failed && host.release >= 3) {
      const message = said`${failed.failure!.message} (the remedy was measured before, as trial ${known.number})`;
      record(host, attempt, { ...failed, failure: { ...failed.failure!, message } });
    }
    return known;
  }
  const { purpose, key, proposedBy, reason, change, origin, predicted, share } = attempt;
  const trial = recordTrial(
    state,
    {
      ...outcome,
      number: nextNumber(state),
      purpose,
      key,
      round: roundOf(host, attempt),
      proposedBy,
      reason,
      ...(change === undefined ? {} : { change }),
      ...(origin === undefined ? {} : { origin }),
      ...(predicted === undefined ? {} : { predicted }),
      ...(share === undefined ? {} : { share }),
    },
    { higherWins: host.release < 4 },
  );
  host.show();
  return trial;
}

async function runTraining(
  host: Host,
  trial: Pick<Trial, 'id' | 'number' | 'values' | 'seed'>,
  attempt: Attempt,
  batch: Batch,
): Promise<{ result: TrialResult } | { failure: Failure }> {
  const { state } = host;
  const maxSeconds = allowance(host, batch.size);
  const { number, values } = trial;
  const what = titleOf(attempt, values);
  const rival = rivalOf(state, attempt.purpose);
  // Since 0.4.0 a higher score alone does not beat the incumbent, so its model stays until the challenge is decided.
  const stays = rival !== null && (rival.stays || host.release >= 4);
  const request = {
    ...trainRequest(host, { ...trial, share: attempt.share }, maxSeconds),
    rival: rival && { ...rival, stays },
  };
  if (host.release >= 4 && attempt.purpose === 'round') request.prune = pruneRule(state, trial.values);
  if (host.release >= 4) request.reuse = state.config.AGENT_SETTINGS.REUSE_TRIALS;
  try {
    const shown = { ...begun(host, attempt, number), values };
    const summary = inShort(state, `trial ${number} · ${trialTitle(shown)}`, shown.round);
    return { result: await counted(host, batch.waits, () => host.steps.trainTrial(summary, request)) };
  } catch (error) {
    if (error instanceof EndRun)
      state.notes.push(said`trial ${number} (${what}) was ended unfinished: ${error.message}`);
    const failure = host.failureOf(error);
    if (failure) return { failure };
    const { type, message } = host.describeError(error);
    // Whatever it trains next would be refused too.
    if (type === OTHER_KIND)
      throw new EndRun(said`no worker could go on with what the run was begun with: ${message}`, false);
    throw error;
  }
}

function titleOf({ key, purpose, change, seed }: Attempt, values: Values): string {
  const keys = change ? Object.keys(change) : key ? [key] : [];
  const what = keys.map((name) => `${name} = ${formatValue(values[name])}`).join(', ') || purpose.replace('_', ' ');
  return seed !== undefined && purpose !== 'confirmation' ? said`${what}, seed ${seed}` : what;
}

/** What a training's memory depends on, as it is in force, also where it is not tunable. */
function memoryOf({ state }: Host, values: Values): Memory {
  return configFor(state, { ...currentValues(state), ...values });
}
