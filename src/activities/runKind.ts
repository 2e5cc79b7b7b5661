/** Refusals of a worker on which a run's work would mean something else than where the run began. */
import { hostname } from 'node:os';
import { ApplicationFailure, Context } from '@temporalio/activity';
import { OTHER_KIND, differenceFrom } from '../domain/runKind.ts';
import type { RunKind } from '../domain/runKind.ts';
import { said } from '../domain/said.ts';
import type { TrainingConfig } from '../domain/trainingConfig.ts';
import type { TrainerFailure } from '../training/trainerFailure.ts';
import type { TrainerProcess } from '../training/trainerProcess.ts';
import { whileHeartbeating } from './heartbeating.ts';

/** Time for another worker to take the work, and how often it is offered: some ten minutes, then the run ends. */
const AGAIN_AFTER = '15 s';
const MOST_REFUSALS = 40;
/** Rows that are others here may be right on another machine; where there is none, a person waits for the answer. */
const OTHER_ROWS = { againAfter: '3 s', most: 4 } as const;

/**
 * Heartbeats while a trainer that is not up starts.
 *
 * @throws ApplicationFailure of type OTHER_KIND where device class or libraries are not the run's; retried elsewhere.
 */
export async function refuseOtherKind(trainer: TrainerProcess, kind: RunKind | undefined): Promise<void> {
  if (!kind) return;
  const difference = differenceFrom(kind, await whileHeartbeating(() => trainer.hello()));
  if (difference === null) return;
  const message = said`${hostname()} has ${difference}, which the run was begun with; its scores could not be compared`;
  throw ApplicationFailure.create({
    type: OTHER_KIND,
    message,
    nextRetryDelay: AGAIN_AFTER,
    nonRetryable: Context.current().info.attempt >= MOST_REFUSALS,
  });
}

/** What the trainer sends along so that it can tell whether rows and weights are the run's. */
export const expected = (
  kind: RunKind | undefined,
  { BASE_MODEL }: Pick<TrainingConfig, 'BASE_MODEL'>,
): { expects?: { data: string; model: string } } =>
  kind ? { expects: { data: kind.data, model: kind.models?.[BASE_MODEL] ?? kind.model } } : {};

/** The failure of rows or weights that are not the run's on this machine; null for any other. */
export function otherRows({ kind, message }: TrainerFailure): ApplicationFailure | null {
  if (kind !== 'changed') return null;
  return ApplicationFailure.create({
    type: OTHER_KIND,
    message: `${hostname()}: ${message}`,
    nextRetryDelay: OTHER_ROWS.againAfter,
    nonRetryable: Context.current().info.attempt >= OTHER_ROWS.most,
  });
}
