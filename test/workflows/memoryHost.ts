/** The story's host in memory: activities are functions, time is a counter, a person acts whenever the run waits. */
import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import type { AdviserActivities, TrainRequest, TrainingActivities } from '../../src/domain/contract.ts';
import type { Decision } from '../../src/domain/decisions.ts';
import { receive } from '../../src/domain/decisions.ts';
import { viewForDecisions } from '../../src/domain/decisionView.ts';
import type { RunState } from '../../src/domain/runState.ts';
import { failureKindSchema } from '../../src/domain/trials.ts';
import type { FailureKind } from '../../src/domain/trials.ts';
import type { Host, Steps } from '../../src/workflows/host.ts';
import { EndRun } from '../../src/workflows/outcomes.ts';
import type { Release } from '../../src/workflows/release.ts';
import { FACTS, TIMING, result } from '../domain/runs.ts';
import { studyInOrder } from './studyInOrder.ts';

export type Fakes = Partial<AdviserActivities & TrainingActivities>;

class Restart extends Error {}
/** How work fails that nobody took at a place. */
export class Unreached extends Error {}
/** What stands for an activity at a place, or wherever it is taken (null); null: the fake. */
export type Where = (
  activity: string,
  place: string | null,
  request: never,
) => ((request: never) => Promise<unknown>) | null;

/**
 * What happened, in its order: accepted decisions, questions that waited, rounds begun and measured, parameters done.
 * `given`: a person's value for the next training is at hand.
 */
export type LogLine =
  | { event: 'decided'; decision: Decision }
  | { event: 'asked'; gate: string }
  | { event: 'begun'; round: string }
  | { event: 'measured'; key: string; round: number; given: boolean }
  | { event: 'fixed'; key: string; next: string | null; given: boolean };

export interface MemoryWorld {
  host: Host;
  trained: TrainRequest[];
  calls: string[];
  log: LogLine[];
  /** What people were told of each of their decisions. */
  told: string[];
  /** Times that the run started anew with compact state. */
  boundaries: () => number;
}

export function typedFailure(kind: FailureKind | string, facts: Record<string, unknown> = {}): ActivityFailure {
  return new ActivityFailure(
    'activity failed',
    'trainTrial',
    '1',
    'NON_RETRYABLE_FAILURE',
    'test',
    ApplicationFailure.create({ type: kind, message: `it was ${kind}`, nonRetryable: true, details: [facts] }),
  );
}

/**
 * @param person - What arrives whenever the run waits; an empty list means that the person says `continue`.
 * @param during - What arrives while an activity is under way.
 * @param release - Whose rules the run keeps.
 * @param at - Machines, where it matters on which one an activity runs.
 */
export function memoryWorld(
  state: RunState,
  fakes: Fakes,
  person: () => Decision[] = () => [],
  during: (activity: string) => Decision[] = () => [],
  release: Release = 3,
  at: Where = () => null,
): MemoryWorld {
  const trained: TrainRequest[] = [];
  const calls: string[] = [];
  const log: LogLine[] = [];
  let boundaries = 0;
  let now = 0;
  const shown = { trials: 0, fixed: 0, round: '' };
  const told: string[] = [];
  const decide = (decision: Decision) => {
    const verdict = receive(state.inbox, decision, viewForDecisions(state, { anyKey: release >= 4 }));
    state.inbox = verdict.inbox;
    told.push(verdict.message);
    if (verdict.outcome === 'applied' || verdict.outcome === 'kept') log.push({ event: 'decided', decision });
    return verdict;
  };
  const activities: AdviserActivities & TrainingActivities = {
    probeTrainer: async () => FACTS,
    probeAdviser: async () => ({ kind: 'local', model: 'fake', note: 'fake' }),
    trainTrial: async ({ config }) => result(config.LEARNING_RATE),
    evaluateHeldOut: async ({ models }) => ({
      split: 'test',
      pairs: 500,
      scores: Object.fromEntries(models.map(({ name }) => [name, 0.5])),
      difference: null,
      seconds: 1,
    }),
    scoreUntouched: async () => ({ score: 0, seconds: 1 }),
    timeTraining: async () => ({ timing: TIMING, seconds: 3 }),
    confirmHeldOut: async ({ models }) => ({
      split: 'test',
      pairs: 500,
      scores: models.map(() => 0.5),
      difference: models.some(({ arm }) => arm === 'best') ? { mean: 0, low: -0.01, high: 0.01 } : null,
      overUntouched: null,
      verdict: 'not_distinguishable',
      seedSd: { baseline: 0.004, best: 0.004, measured: true },
      seconds: 1,
    }),
    earlierEvidence: async () => ({ hints: [], seeds: [] }),
    studySearch: async ({ study }) => studyInOrder(study),
    adviseNext: async () => {
      throw typedFailure('adviser_unavailable');
    },
    publishModel: async () => ({ path: 'models/x/best_overall_model' }),
    heldOutCosines: async () => ({ cosines: '', seconds: 1 }),
    tidyPlace: async () => {},
    salvageRun: async ({ state: { incumbent } }) => ({ path: incumbent && 'models/x/best_overall_model' }),
    keepRecord: async () => {},
    trackTrials: async () => ({ failed: {} }),
    notify: async () => {},
    advisePlan: async () => {
      throw typedFailure('adviser_unavailable');
    },
    adviseValue: async () => {
      throw typedFailure('adviser_unavailable');
    },
    adviseSummary: async () => {
      throw typedFailure('adviser_unavailable');
    },
    writeReport: async () => ({ path: 'docs/reports/r.md' }),
    ...fakes,
  };
  // Requests pass through JSON as they do through Temporal, so that a test sees what was meant at that time.
  const copy = <T>(value: T): T => (value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T));
  const stepsAt = (place: string | null) =>
    Object.fromEntries(
      Object.entries(activities).map(([name, activity]) => [
        name,
        async (_summary: string, request: never) => {
          now += 1000;
          const work = at(name, place, request);
          during(name).forEach(decide);
          calls.push(
            name === 'advisePlan' || name === 'adviseValue' || name === 'adviseNext' || name === 'adviseSummary'
              ? (request as { callId: string }).callId
              : name,
          );
          if (name === 'trainTrial') trained.push(copy(request as TrainRequest));
          return copy(await (work ?? (activity as (request: never) => Promise<unknown>))(copy(request)));
        },
      ]),
    ) as unknown as Steps;
  const host: Host = {
    workflowId: 'tuning-test',
    release,
    state,
    steps: stepsAt(null),
    stepsAt,
    isUnreached: (error) => error instanceof Unreached,
    now: () => now,
    waitUntil: async (condition, timeoutMs) => {
      if (state.inbox.gate) log.push({ event: 'asked', gate: state.inbox.gate.id });
      for (let patience = 0; !condition() && patience < 20; patience += 1) {
        now += 10_000;
        const decisions = person();
        decisions.forEach(decide);
        if (decisions.length === 0 || patience > 10) {
          if (state.inbox.paused) decide({ decision: 'resume' });
          decide({ decision: 'continue' });
        }
        if (timeoutMs !== null && timeoutMs <= 10_000 * (patience + 1)) return condition();
      }
      return condition();
    },
    show: () => {
      const given = (key: string | null) => key !== null && Object.hasOwn(state.inbox.overrides, key);
      for (const { purpose, key, round } of state.trials.slice(shown.trials))
        if (purpose === 'round') log.push({ event: 'measured', key: key!, round: round!, given: given(key) });
      for (const { key } of state.fixed.slice(shown.fixed)) {
        const next = state.queue[0] ?? null;
        log.push({ event: 'fixed', key, next, given: given(next) });
      }
      const round = state.phase === 'tuning' && state.round > 0 ? `${state.queue[0]}/${state.round}` : shown.round;
      if (round !== shown.round) log.push({ event: 'begun', round });
      shown.round = round;
      shown.trials = state.trials.length;
      shown.fixed = state.fixed.length;
    },
    // What the real one does when the person speaks while the work is under way; here the work is over by then.
    interruptible: async (work) => {
      const endIfStopped = () => {
        if (state.inbox.stop === 'now')
          throw new EndRun('a person stopped the run at once', true, {
            cause: typedFailure('cancelled', { train_seconds: 0.25 }),
          });
      };
      endIfStopped();
      const done = await work();
      endIfStopped();
      return done;
    },
    grouped: (_name, work) => work(),
    boundary: async () => {
      boundaries += 1;
      if (JSON.stringify(copy(state)) !== JSON.stringify(state)) throw new Error('the state does not survive JSON');
    },
    failureOf: (error) => {
      const cause = error instanceof ActivityFailure ? error.cause : null;
      const kind = failureKindSchema.safeParse(cause instanceof ApplicationFailure ? cause.type : null);
      return kind.success && cause instanceof ApplicationFailure
        ? { kind: kind.data, message: cause.message, facts: (cause.details?.[0] as Record<string, unknown>) ?? {} }
        : null;
    },
    describeError: (error) => {
      const cause = error instanceof ActivityFailure ? error.cause : error;
      return {
        type: cause instanceof ApplicationFailure ? (cause.type ?? null) : null,
        message: (cause as Error).message,
        details: cause instanceof ApplicationFailure ? cause.details?.[0] : undefined,
      };
    },
    isCancellation: () => false,
    isBoundary: (error) => error instanceof Restart,
    shielded: (work) => work(),
  };
  return { host, trained, calls, log, told, boundaries: () => boundaries };
}
