/** The two kinds of workers, and what each can do. */
import path from 'node:path';
import { Worker } from '@temporalio/worker';
import type { NativeConnection, WorkerOptions } from '@temporalio/worker';
import type { DataConverter } from '@temporalio/common';
import type { Logger } from 'pino';
import { adviserActivities } from '../activities/advising.ts';
import type { AdviserActivities, TrainingActivities } from '../activities/contract.ts';
import { earlierEvidence } from '../activities/earlierEvidence.ts';
import { confirmHeldOutWith, evaluateHeldOutWith } from '../activities/heldOut.ts';
import { probeTrainerWith } from '../activities/probing.ts';
import { scoreUntouchedWith } from '../activities/untouched.ts';
import { DiskFailures } from '../activities/diskFailures.ts';
import { publishModel, salvageRun } from '../activities/publishing.ts';
import { keepRecord, writeReport } from '../activities/reporting.ts';
import { SecondAttempts } from '../activities/secondAttempts.ts';
import { studySearchWith } from '../activities/studying.ts';
import { GRACE_SECONDS, trainTrialWith } from '../activities/training.ts';
import { localAdviser } from '../advisers/local/localAdviser.ts';
import { SearchModel } from '../advisers/local/searchModel.ts';
import { openaiAdviser } from '../advisers/openai/openaiAdviser.ts';
import { dataConverterFromEnvironment } from '../codec/payloadCodec.ts';
import { readAdviserKey, removeAdviserKey } from '../local/adviserKeys.ts';
import { LOCAL } from '../local/paths.ts';
import { keepBounded } from '../processes/boundedOutput.ts';
import { trainingSlots } from '../training/slots.ts';
import { TrainerProcess } from '../training/trainerProcess.ts';
import { TASK_QUEUES } from '../workflows/messages.ts';
import { workflowBundle } from './bundle.ts';

/** A checkpoint takes up to GRACE_SECONDS; then the worker waits no longer. */
const SHUTDOWN = { shutdownGraceTime: '1 s', shutdownForceTime: `${GRACE_SECONDS + 5} s` } as const;

export const interceptors = {
  activity: [() => ({ inbound: new DiskFailures() }), () => ({ inbound: new SecondAttempts() })],
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
}

/** Workflows, adviser and report. */
export async function tuningWorker({ connection, namespace, logger, versioning }: Surroundings): Promise<Worker> {
  const search = new SearchModel();
  const activities: AdviserActivities = {
    ...adviserActivities({ openai: openaiAdviser, local: localAdviser(search) }, readAdviserKey),
    studySearch: studySearchWith(search),
    writeReport,
    earlierEvidence,
    // The last thing that a run does: nobody needs its key any more.
    keepRecord: async (request) => {
      const kept = await keepRecord(request);
      if (request.state.phase === 'ended') await removeAdviserKey(request.state.adviserAccess);
      return kept;
    },
  };
  const workflowBundleCode = await workflowBundle(logger);
  return Worker.create({
    connection,
    namespace,
    taskQueue: TASK_QUEUES.tuning,
    workflowBundle: workflowBundleCode,
    activities,
    interceptors,
    ...versioning,
    ...encryption(),
    ...SHUTDOWN,
  });
}

/** Trainings, as many at once as the machine takes; everything else of this queue waits for a slot, too. */
export async function trainingWorker({ connection, namespace, logger, versioning }: Surroundings): Promise<Worker> {
  const log = path.join(LOCAL.logs, 'trainer.log');
  keepBounded([log], (error) => logger.warn({ err: error }, "the trainer's log could not be cut"));
  const slots = await trainingSlots(logger);
  const trainer = new TrainerProcess(logger, log, { TUNING_TRAINING_SLOTS: String(slots) });
  // The libraries take seconds to import; a run that starts now finds them ready.
  trainer.hello().catch((error: unknown) => logger.error({ err: error }, 'the trainer does not start'));
  const activities: TrainingActivities = {
    probeTrainer: probeTrainerWith(trainer),
    trainTrial: trainTrialWith(trainer),
    scoreUntouched: scoreUntouchedWith(trainer),
    evaluateHeldOut: evaluateHeldOutWith(trainer),
    confirmHeldOut: confirmHeldOutWith(trainer),
    publishModel,
    salvageRun,
  };
  return Worker.create({
    connection,
    namespace,
    taskQueue: TASK_QUEUES.training,
    activities,
    maxConcurrentActivityTaskExecutions: slots,
    // Progress is shown from heartbeats, and a cancellation arrives with one.
    maxHeartbeatThrottleInterval: '1 s',
    defaultHeartbeatThrottleInterval: '1 s',
    interceptors,
    ...versioning,
    ...encryption(),
    ...SHUTDOWN,
  });
}
