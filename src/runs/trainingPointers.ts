/** Which trainings of a run have a slot, with their newest facts, and which wait for one: from heartbeats, which are no events of a history. */
import type { WorkflowClient, WorkflowExecutionDescription } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import type { TrialInHand } from '../domain/trials.ts';
import { WAITS_FOR_SLOT } from '../training/watch.ts';
import type { TrainingPointer } from '../training/watch.ts';
import { waitsLong } from './waitingTrainings.ts';
import type { Pending } from './waitingTrainings.ts';

/** As the activity sends them: `dir` is the trial's id. */
export type SentPointer = TrainingPointer & { dir?: string };

/** The trainings of a run that are not over. */
export interface Trainings {
  /** Those that a slot is busy with, in the order of their trials. */
  running: SentPointer[];
  /** Numbers of the trials that wait for a slot. */
  waiting: number[];
}

/** @param inHand - The trials that the run has in hand. */
export async function trainingsOf(
  client: WorkflowClient,
  description: WorkflowExecutionDescription | null,
  inHand: readonly Pick<TrialInHand, 'number' | 'ended'>[],
): Promise<Trainings> {
  const pending = (description?.raw.pendingActivities ?? []).filter(
    ({ activityType }) => activityType?.name === 'trainTrial',
  );
  const told = await Promise.all(
    pending.map(async (one) => ({ pointer: await pointerOf(client, one), untaken: waitsLong(one) })),
  );
  // Before a training begins its heartbeats say nothing: a store may be asked, a trainer started.
  const pointers = told.flatMap(({ pointer, untaken }) =>
    pointer ? [{ pointer, waits: untaken || waits(pointer) }] : [],
  );
  const running = pointers.filter((one) => !one.waits).map(({ pointer }) => pointer);
  const named = new Set(pointers.map(({ pointer }) => pointer.number));
  // Which trial an activity trains, nothing tells before its first heartbeat; workers take them in their order.
  const unnamed = inHand.filter(({ number, ended }) => !ended && !named.has(number)).map(({ number }) => number);
  const untaken = told.filter(({ pointer, untaken: waits }) => waits && !pointer).length;
  const waiting = [
    ...pointers.filter((one) => one.waits).flatMap(({ pointer }) => pointer.number ?? []),
    ...unnamed.slice(Math.max(0, unnamed.length - untaken)),
  ];
  return { running: running.sort((a, b) => (a.number ?? 0) - (b.number ?? 0)), waiting: waiting.sort((a, b) => a - b) };
}

const waits = ({ phase }: SentPointer): boolean => phase === WAITS_FOR_SLOT;

/** Null: it has told nothing, or nothing that can be read here. */
async function pointerOf(client: WorkflowClient, { heartbeatDetails }: Pending): Promise<SentPointer | null> {
  return heartbeatDetails?.payloads ? firstOf(client, heartbeatDetails.payloads).catch(() => null) : null;
}

async function firstOf(client: WorkflowClient, payloads: Payload[]): Promise<SentPointer | null> {
  const { payloadConverter, payloadCodecs } = client.options.loadedDataConverter;
  let plainPayloads = payloads;
  for (const codec of payloadCodecs) plainPayloads = await codec.decode(plainPayloads);
  const [first] = plainPayloads;
  return first ? (payloadConverter.fromPayload<SentPointer | null>(first) ?? null) : null;
}
