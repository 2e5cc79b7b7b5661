/** The newest facts of the trainings that run, from their heartbeats, which are no events of a history. */
import type { WorkflowClient, WorkflowExecutionDescription } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import type { TrainingPointer } from '../training/watch.ts';

/** As the activity sends them: `dir` is the trial's id. */
export type SentPointer = TrainingPointer & { dir?: string };

/** In the order of their trials. */
export async function trainingPointers(
  client: WorkflowClient,
  description: WorkflowExecutionDescription | null,
): Promise<SentPointer[]> {
  const heartbeats = (description?.raw.pendingActivities ?? []).flatMap(({ activityType, heartbeatDetails }) =>
    activityType?.name === 'trainTrial' && heartbeatDetails?.payloads ? [heartbeatDetails.payloads] : [],
  );
  const decoded = await Promise.all(heartbeats.map((payloads) => firstOf(client, payloads).catch(() => null)));
  // Before a training begins its heartbeats say nothing: a store may be asked, a trainer started.
  const pointers = decoded.filter((pointer) => pointer !== null && pointer !== undefined);
  return pointers.sort((a, b) => (a.number ?? 0) - (b.number ?? 0));
}

async function firstOf(client: WorkflowClient, payloads: Payload[]): Promise<SentPointer | null> {
  const { payloadConverter, payloadCodecs } = client.options.loadedDataConverter;
  let plainPayloads = payloads;
  for (const codec of payloadCodecs) plainPayloads = await codec.decode(plainPayloads);
  const [first] = plainPayloads;
  return first ? payloadConverter.fromPayload<SentPointer>(first) : null;
}
