/** What the story needs of the world around it. Temporal gives it in `temporalHost.ts`; tests give it in memory. */
import type { AdviserActivities, TrainingActivities } from '../domain/contract.ts';
import type { RunState } from '../domain/runState.ts';
import type { Failure } from '../domain/trials.ts';
import type { Release } from './release.ts';

/** Each activity with the one line that the Web UI shows for it. */
export type Steps = {
  [Name in keyof (AdviserActivities & TrainingActivities)]: (
    summary: string,
    ...request: Parameters<(AdviserActivities & TrainingActivities)[Name]>
  ) => ReturnType<(AdviserActivities & TrainingActivities)[Name]>;
};

export interface Host {
  readonly workflowId: string;
  /** Whose rules this execution keeps. */
  readonly release: Release;
  /** Changed in place by the story; replaced as a whole by nobody. */
  readonly state: RunState;
  readonly steps: Steps;
  /** The same steps, done at a place where files lie; null: wherever their usual queue is served. */
  stepsAt(place: string | null): Steps;
  /** Whether no worker of a place took the work in time. */
  isUnreached(error: unknown): boolean;
  /** Unix milliseconds, the same again on replay. */
  now(): number;
  /**
   * Resolves to false when `timeoutMs` passed first; null waits for ever.
   *
   * @param what - What the passing of time does, in one line, for the Web UI.
   */
  waitUntil(condition: () => boolean, timeoutMs: number | null, what: string): Promise<boolean>;
  /** Shows all that `work` does as one group, by its name: a parameter, or a part of the story. */
  grouped<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Shows the state to people: details, search attributes. */
  show(): void;
  /** A place where the run may start anew with compact state. Never returns when it does. */
  boundary(): Promise<void>;
  /** The typed failure inside an error of an activity; null when the error is not one of training. */
  failureOf(error: unknown): Failure | null;
  /** Type, message and first detail of any activity's error, a cancelled one's too; `type` is null for time-outs and the like. */
  describeError(error: unknown): { type: string | null; message: string; details?: unknown };
  isCancellation(error: unknown): boolean;
  /** Whether this is how `boundary` leaves: it must pass through untouched. */
  isBoundary(error: unknown): boolean;
  /**
   * Runs something that a person may end at once (stop-now).
   *
   * @throws EndRun when that happens; its cause is what the interrupted work threw.
   */
  interruptible<T>(work: () => Promise<T>): Promise<T>;
  /** Runs something that a cancellation must not interrupt. */
  shielded<T>(work: () => Promise<T>): Promise<T>;
}
