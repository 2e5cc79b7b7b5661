/** Figures of processes, of workers by their metrics, and of histories. */
import { readFile } from 'node:fs/promises';
import type { Client } from '@temporalio/client';
import type { Member } from './stack.ts';

/** Clock ticks a second, as Linux counts processor time for everybody. */
const TICKS = 100;
const PAGE_BYTES = 4096;

export interface Usage {
  /** Processor seconds since its start. */
  cpu: number;
  /** Resident memory, MiB. */
  memory: number;
}

/** Linux only, as the page that tells of the figures says. */
export async function usageOf({ pid }: Member): Promise<Usage> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  return { cpu: (fields[11]! + fields[12]!) / TICKS, memory: (fields[21]! * PAGE_BYTES) / 2 ** 20 };
}

/** Sum of a metric over its lines that have all of these words. */
export async function metricOf({ metrics }: Member, name: string, ...words: string[]): Promise<number> {
  const text = await (await fetch(metrics)).text();
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) && words.every((word) => line.includes(word)))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/** One execution of a run between two times that it continues as new. */
export interface Execution {
  runId: string;
  startedAt: number;
  events: number;
  bytes: number;
}

export async function executionsOf(client: Client, workflowId: string): Promise<Execution[]> {
  const found: Execution[] = [];
  for await (const { runId, startTime } of client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) {
    const { raw, historyLength } = await client.workflow.getHandle(workflowId, runId).describe();
    const bytes = Number(raw.workflowExecutionInfo?.historySizeBytes ?? 0);
    found.push({ runId, startedAt: startTime.getTime(), events: historyLength, bytes });
  }
  return found.sort((a, b) => a.startedAt - b.startedAt);
}

/** When the trainings of an execution were asked for, and when they ended; Unix milliseconds. */
export async function trainingsOf(
  client: Client,
  workflowId: string,
  runId?: string,
): Promise<{ scheduled: number; completed: number | null }[]> {
  const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const trainings = new Map<string, { scheduled: number; completed: number | null }>();
  for (const event of history.events ?? []) {
    const at = Number(event.eventTime?.seconds ?? 0) * 1000 + Number(event.eventTime?.nanos ?? 0) / 1e6;
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled?.activityType?.name === 'trainTrial')
      trainings.set(String(event.eventId), { scheduled: at, completed: null });
    const of = trainings.get(String(event.activityTaskCompletedEventAttributes?.scheduledEventId));
    if (of) of.completed = at;
  }
  return [...trainings.values()];
}

/** A quantile of some numbers, 0..1. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

export const meanOf = (numbers: readonly number[]): number =>
  numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
