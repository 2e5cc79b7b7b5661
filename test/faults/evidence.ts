/** What a run left behind: its trials, its histories, its calls; and the times at which it showed work. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import proto from '@temporalio/proto';
import { eventSchema } from '../../src/training/protocol.ts';
import type { TrainerEvent } from '../../src/training/protocol.ts';
import type { ReceivedCall } from '../openaiServer/server.ts';
import type { Outcome, Stage } from './stage.ts';

type History = proto.temporal.api.history.v1.IHistory;
const { EventType } = proto.temporal.api.enums.v1;

export interface TrialEvidence {
  id: string;
  folder: string;
  result: { score: number; model_digest: string; train_seconds: number; finished_at: string } | null;
  events: TrainerEvent[];
}

export interface Evidence {
  run: string;
  folder: string;
  outcome: Outcome;
  trials: TrialEvidence[];
  histories: History[];
  calls: ReceivedCall[];
}

export function trialsIn(folder: string): TrialEvidence[] {
  const trials = path.join(folder, 'trials');
  if (!existsSync(trials)) return [];
  return readdirSync(trials)
    .sort()
    .map((id) => {
      const own = path.join(trials, id);
      const result = existsSync(path.join(own, 'result.json'))
        ? JSON.parse(readFileSync(path.join(own, 'result.json'), 'utf8'))
        : null;
      return { id, folder: own, result, events: eventsIn(path.join(own, 'events.jsonl')) };
    });
}

function eventsIn(file: string): TrainerEvent[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [eventSchema.parse(JSON.parse(line))];
      } catch {
        return [];
      }
    });
}

export async function gather(stage: Stage, outcome: Outcome, callsBefore: number): Promise<Evidence> {
  const client = await stage.client();
  const histories: History[] = [];
  const firstRunId = (await client.workflow.getHandle(outcome.workflowId).fetchHistory()).events?.[0]
    ?.workflowExecutionStartedEventAttributes?.firstExecutionRunId;
  for (let runId = firstRunId; runId;) {
    const history: History = await client.workflow.getHandle(outcome.workflowId, runId).fetchHistory();
    histories.push(history);
    runId = history.events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? null;
  }
  await client.connection.close();
  const folder = stage.folderOf(outcome.run);
  return {
    run: outcome.run,
    folder,
    outcome,
    trials: trialsIn(folder),
    histories,
    calls: stage.openai.calls.slice(callsBefore),
  };
}

/**
 * Unix milliseconds of everything that shows work: `workflow` for steps taken, `training` also for the trainer's own
 * events.
 */
export function signsOfWork({ histories, trials, calls }: Evidence, kind: 'workflow' | 'training'): number[] {
  const working =
    kind === 'workflow'
      ? [EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED]
      : [EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED];
  const steps = histories.flatMap(({ events }) =>
    (events ?? [])
      .filter(({ eventType }) => working.includes(eventType!))
      .map(({ eventTime }) => Number(eventTime!.seconds) * 1000 + Number(eventTime!.nanos) / 1e6),
  );
  const own = trials.flatMap(({ events }) =>
    events.filter(({ event }) => event !== 'failed' && event !== 'warning').map(({ t }) => t * 1000),
  );
  return [...steps, ...(kind === 'training' ? own : calls.map(({ at }) => at))].sort((a, b) => a - b);
}
