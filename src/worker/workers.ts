/** The two kinds of workers, and what each can do. */
import { Worker } from '@temporalio/worker';
import type { NativeConnection, WorkerOptions } from '@temporalio/worker';
import type { DataConverter } from '@temporalio/common';
import type { Logger } from 'pino';
import { adviserActivities } from '../activities/advising.ts';
import type { AdviserActivities, ScheduleActivities } from '../domain/contract.ts';
import { earlierEvidence } from '../activities/earlierEvidence.ts';
import { DiskFailures } from '../activities/diskFailures.ts';
import { EarlierReleases } from '../activities/earlierReleases.ts';
import { notifyWith } from '../activities/notifying.ts';
import { keepRecord, writeReport } from '../activities/reporting.ts';
import { scheduleActivities } from '../activities/scheduling.ts';
import { SecondAttempts } from '../activities/secondAttempts.ts';
import { studySearchWith } from '../activities/studying.ts';
import { trackTrials } from '../activities/tracking.ts';
import { GRACE_SECONDS } from '../activities/training.ts';
import { localAdviser } from '../advisers/local/localAdviser.ts';
import { SearchModel } from '../advisers/local/searchModel.ts';
import { openaiAdviser } from '../advisers/openai/openaiAdviser.ts';
import { dataConverterFromEnvironment } from '../codec/payloadCodec.ts';
import type { Queues } from '../domain/queues.ts';
import { readAdviserKey, removeAdviserKey, storeAdviserKey } from '../local/adviserKeys.ts';
import { liveStack } from '../local/stackFile.ts';
import { workflowBundle } from './bundle.ts';
import { ActivityMetrics } from './metrics.ts';
import { trainingHost } from './trainingHost.ts';
import type { Serving } from './trainingHost.ts';

/** A checkpoint takes up to GRACE_SECONDS; then the worker waits no longer. */
const SHUTDOWN = { shutdownGraceTime: '1 s', shutdownForceTime: `${GRACE_SECONDS + 5} s` } as const;

export const interceptors = {
  activity: [DiskFailures, SecondAttempts, ActivityMetrics, EarlierReleases].map((Kind) => () => ({
    inbound: new Kind(),
  })),
};

/** Encrypts what goes to the server, where a key is set. */
const encryption = (): { dataConverter?: DataConverter } => {
  const dataConverter = dataConverterFromEnvironment();
  return dataConverter ? { dataConverter } : {};
};

/** What a worker works with. */
export interface Surroundings {
  connection: NativeConnection;
  namespace: string;
  logger: Logger;
  versioning: Pick<WorkerOptions, 'workerDeploymentOptions'>;
  queues: Queues;
  /** Where the files of this worker's trainings lie. */
  place: string;
}

/**
 * What a worker of the queue for workflows does besides them: advice, search, report, record.
 *
 * @param search - Its process starts when it is first asked, and lives until it is disposed of.
 */
export function tuningActivities(search = new SearchModel()): AdviserActivities & ScheduleActivities {
  return {
    ...scheduleActivities({ read: readAdviserKey, store: storeAdviserKey }),
    ...adviserActivities({ openai: openaiAdviser, local: localAdviser(search) }, readAdviserKey),
    studySearch: studySearchWith(search),
    writeReport,
    notify: notifyWith({
      dashboard: async () => process.env['TUNING_DASHBOARD_URL'] ?? (await liveStack())?.dashboard ?? null,
    }),
    earlierEvidence,
    trackTrials,
    // The last thing that a run does: nobody needs its key any more.
    keepRecord: async (request) => {
      const kept = await keepRecord(request);
      if (request.state.phase === 'ended') await removeAdviserKey(request.state.adviserAccess);
      return kept;
    },
  };
}

/** Workflows, adviser and report. */
export async function tuningWorker({
  connection,
  namespace,
  logger,
  versioning,
  queues,
}: Surroundings): Promise<Serving> {
  const search = new SearchModel();
  const workflowBundleCode = await workflowBundle(logger);
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: queues.tuning,
    workflowBundle: workflowBundleCode,
    activities: tuningActivities(search),
    interceptors,
    ...versioning,
    ...encryption(),
    ...SHUTDOWN,
  });
  return {
    run: () => worker.run().finally(() => search.dispose()),
    shutdown: () => worker.shutdown(),
  };
}

/** Trainings, and work on their files. */
export async function trainingWorkers(surroundings: Surroundings): Promise<Serving> {
  const { connection, namespace, logger, versioning, queues, place } = surroundings;
  const options = { connection, namespace, interceptors, ...versioning, ...encryption(), ...SHUTDOWN };
  return trainingHost({ name: place, queues, logger, options });
}
