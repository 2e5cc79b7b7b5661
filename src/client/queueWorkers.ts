/**
 * Which workers serve a queue, as the Temporal server knows it from their heartbeats.
 *
 * Who asks for work (the pollers of a queue) does not tell: a worker whose slots are all taken asks for none.
 */
import type { Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { Queues } from '../domain/queues.ts';
import { WORKER_HEARTBEAT_S } from '../worker/heartbeat.ts';
import { t } from '../words/catalogue.ts';

/** A worker that misses some heartbeats is gone. */
const SILENT_AFTER_S = 4 * WORKER_HEARTBEAT_S;
/** What a server without the list of workers answers. */
const UNIMPLEMENTED = 12;

export interface QueueWorkers {
  queue: string;
  workers: number;
  /** Activities that they do now and that they do at once at most; null where the server does not know. */
  busy: number | null;
  slots: number | null;
  /** Activities that no worker has taken yet, about; null where the server does not count them. */
  waiting: number | null;
}

export interface Workers {
  /** Of the queues for runs and for trainings. */
  queues: QueueWorkers[];
  /** Workers whose trainer does not start, with the reason. */
  broken: string[];
}

/** @throws Error when the server does not answer. */
export async function queueWorkers(connection: Connection, namespace: string, named: Queues): Promise<Workers> {
  const shown = [named.tuning, named.training];
  try {
    const alive = await heartbeats(connection, namespace);
    const waiting = await Promise.all(shown.map((queue) => backlog(connection, namespace, queue)));
    const queues = shown.map((queue, index) => {
      const own = alive.filter(({ taskQueue }) => taskQueue === queue).map((one) => one.activityTaskSlotsInfo);
      const busy = own.reduce((sum, slots) => sum + (slots?.currentUsedSlots ?? 0), 0);
      const free = own.reduce((sum, slots) => sum + (slots?.currentAvailableSlots ?? 0), 0);
      return { queue, workers: own.length, busy, slots: busy + free, waiting: waiting[index]! };
    });
    const told = alive.some(({ taskQueue }) => taskQueue === named.broken);
    // A heartbeat names the process alone; who polls has the worker's own identity, with the reason.
    const broken = told ? await pollers(connection, namespace, named.broken) : [];
    return { queues, broken };
  } catch (error) {
    if ((error as { code?: number }).code !== UNIMPLEMENTED) throw error;
    const waiting = async (queue: string) => ({
      queue,
      workers: (await pollers(connection, namespace, queue)).length,
      busy: null,
      slots: null,
      waiting: null,
    });
    return { queues: await Promise.all(shown.map(waiting)), broken: [] };
  }
}

/** `✓ queue training   1 worker, 2 of 2 slots in use, 3 waiting`; a server that knows pollers alone says so. */
export function queueLine({ queue, workers, busy, slots, waiting }: QueueWorkers): string {
  const count = t`${workers} worker${workers === 1 ? '' : 's'}`;
  const more = waiting ? t`, ${waiting} waiting` : '';
  const what =
    busy === null
      ? t`${count} that ${workers === 1 ? 'waits' : 'wait'} for work (this server does not tell of busy ones)`
      : workers > 0
        ? t`${count}, ${busy} of ${slots} slots in use`
        : count;
  return `${workers > 0 ? '✓' : '✗'} ${t`queue ${queue.padEnd(10)} ${what}`}${more}`;
}

type Heartbeat = proto.temporal.api.worker.v1.IWorkerHeartbeat;

async function heartbeats(connection: Connection, namespace: string): Promise<Heartbeat[]> {
  const found: Heartbeat[] = [];
  let nextPageToken: Uint8Array = new Uint8Array();
  do {
    const page = await connection.workflowService.listWorkers({ namespace, pageSize: 1000, nextPageToken });
    found.push(...page.workersInfo.flatMap(({ workerHeartbeat }) => workerHeartbeat ?? []));
    nextPageToken = page.nextPageToken;
  } while (nextPageToken.length > 0);
  const recently = Date.now() / 1000 - SILENT_AFTER_S;
  const { WORKER_STATUS_SHUTDOWN } = proto.temporal.api.enums.v1.WorkerStatus;
  return found.filter(
    ({ heartbeatTime, status }) => Number(heartbeatTime?.seconds ?? 0) > recently && status !== WORKER_STATUS_SHUTDOWN,
  );
}

/** Activities of a queue that wait, about. */
async function backlog(connection: Connection, namespace: string, queue: string): Promise<number | null> {
  const { stats } = await described(connection, namespace, queue);
  return stats ? Number(stats.approximateBacklogCount ?? 0) : null;
}

/** Identities of those that asked for work lately. */
async function pollers(connection: Connection, namespace: string, queue: string): Promise<string[]> {
  const { pollers: found } = await described(connection, namespace, queue);
  const recently = Date.now() - 90_000;
  const lately = (found ?? []).filter((poller) => Number(poller.lastAccessTime?.seconds ?? 0) * 1000 > recently);
  return lately.map(({ identity }) => identity ?? t`a worker`);
}

const described = (connection: Connection, namespace: string, queue: string) =>
  connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: queue },
    taskQueueType: proto.temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
    reportStats: true,
  });
