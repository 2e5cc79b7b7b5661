/**
 * A machine that trains: one trainer, and workers for the queues that it serves.
 *
 * Work on its files is taken as long as the process lives. Trainings and checks are taken only while the trainer is well: a
 * machine whose trainer cannot start would else fail everybody's trials, one after the other, faster than any other worker
 * could train them.
 */
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from '@temporalio/worker';
import type { WorkerOptions } from '@temporalio/worker';
import pLimit from 'p-limit';
import type { Logger } from 'pino';
import type { TrainingActivities } from '../domain/contract.ts';
import { confirmHeldOutWith, evaluateHeldOutWith, heldOutCosinesWith } from '../activities/heldOut.ts';
import { inSlot } from '../activities/inSlot.ts';
import { findBaseModelWith, probeTrainerWith } from '../activities/probing.ts';
import { publishModelWith, salvageRunWith, tidyPlace } from '../activities/publishing.ts';
import { trainTrialWith } from '../activities/training.ts';
import { timeTrainingWith } from '../activities/timing.ts';
import { scoreUntouchedWith } from '../activities/untouched.ts';
import type { Queues } from '../domain/queues.ts';
import { LOCAL } from '../local/paths.ts';
import { keepBounded } from '../processes/boundedOutput.ts';
import { trainingSlots } from '../training/slots.ts';
import { TrainerProcess } from '../training/trainerProcess.ts';

/** Light work, and work that waits for a slot by itself. */
const LIGHT_AT_ONCE = 20;
/** A trainer that did not start is tried again after these pauses; a person may have mended it meanwhile. */
const RETRY_AFTER_MS = { first: 5000, most: 60_000 };

const LONGEST_REASON = 200;
/** What a worker that takes no trainings is called on the server: the usual name and the reason, for `npm run status`. */
const brokenIdentity = (reason: string): string => `${process.pid}@${hostname()}: ${reason.slice(0, LONGEST_REASON)}`;

export interface Place {
  /** Its name on the queues. */
  name: string;
  queues: Queues;
  logger: Logger;
  /** What its workers have in common. */
  options: Omit<WorkerOptions, 'taskQueue' | 'activities'>;
}

/** A worker, or several that belong together, with the processes that they started. */
export interface Serving {
  /** Serves until the process is told to leave, or `shutdown` is called. */
  run(): Promise<void>;
  /** Takes nothing more; trainings checkpoint. `run` resolves when that is done. */
  shutdown(): void;
}

export async function trainingHost({ name, queues, logger, options }: Place): Promise<Serving> {
  const log = path.join(LOCAL.logs, 'trainer.log');
  keepBounded([log], (error) => logger.warn({ err: error }, "the trainer's log could not be cut"));
  const slots = await trainingSlots(logger);
  const trainer = new TrainerProcess(logger, log, { TUNING_TRAINING_SLOTS: String(slots) });
  const activities = activitiesOf(trainer, name, slots);
  const worker = (taskQueue: string, atOnce: number, identity?: string): Promise<Worker> =>
    Worker.create({
      ...options,
      taskQueue,
      activities,
      ...(identity === undefined ? {} : { identity }),
      maxConcurrentActivityTaskExecutions: atOnce,
      // Progress is shown from heartbeats, and a cancellation arrives with one.
      maxHeartbeatThrottleInterval: '1 s',
      defaultHeartbeatThrottleInterval: '1 s',
    });
  const leave = new AbortController();
  let training: Worker[] = [];

  /** Takes trainings until the trainer does not start any more (then says why), or the process leaves (then null). */
  const train = async (): Promise<string | null> => {
    const serving = await Promise.all([worker(queues.training, slots), worker(queues.checks, LIGHT_AT_ONCE)]);
    training = serving;
    let broken: string | null = null;
    trainer.onBroken = (why) => {
      broken ??= why;
      for (const one of serving) if (one.getState() === 'RUNNING') one.shutdown();
    };
    await Promise.all(serving.map((one) => one.run()));
    return broken;
  };

  /** Says by its name among the workers that it is there and does not train, until the trainer starts again. */
  const mend = async (reason: string): Promise<void> => {
    const told = await worker(queues.broken, 1, brokenIdentity(reason));
    const telling = told.run();
    for (let pause = RETRY_AFTER_MS.first; !leave.signal.aborted; pause = Math.min(2 * pause, RETRY_AFTER_MS.most)) {
      await sleep(pause, undefined, { signal: leave.signal }).catch(() => {});
      if (leave.signal.aborted || (await starts(trainer, logger)) === null) break;
    }
    if (told.getState() === 'RUNNING') told.shutdown();
    await telling;
  };

  const serve = async (): Promise<void> => {
    for (let reason = await starts(trainer, logger); !leave.signal.aborted;) {
      if (reason !== null) await mend(reason);
      if (leave.signal.aborted) return;
      logger.info({ queue: queues.training, slots }, 'takes trainings');
      reason = await train();
      // Its workers ended for no fault of the trainer's: the process was told to leave.
      if (reason === null) return;
      logger.error({ reason }, 'the trainer is broken: this machine takes no trainings until it starts');
    }
  };

  const files = await worker(queues.at(name), LIGHT_AT_ONCE);
  return {
    run: async () => {
      const serving = serve();
      // It ends when the process is told to leave, as the other workers do.
      await files.run().finally(() => leave.abort());
      await serving;
      // Its trainings have ended. A process that goes on, an application's, is to have no child of ours.
      await trainer.shutdown(0);
    },
    shutdown: () => {
      leave.abort();
      for (const one of [files, ...training]) if (one.getState() === 'RUNNING') one.shutdown();
    },
  };
}

/** Why the trainer does not start; null when it does. */
async function starts(trainer: TrainerProcess, logger: Logger): Promise<string | null> {
  try {
    await trainer.hello();
    return null;
  } catch (error) {
    logger.error({ err: error }, 'the trainer does not start');
    return (error as Error).message;
  }
}

function activitiesOf(trainer: TrainerProcess, place: string, count: number): TrainingActivities {
  const slots = pLimit(count);
  const findBaseModel = findBaseModelWith(trainer);
  return {
    probeTrainer: probeTrainerWith(trainer, place),
    trainTrial: inSlot(slots, trainTrialWith(trainer, place), ({ trial, number }) => ({ dir: trial, number })),
    scoreUntouched: inSlot(slots, scoreUntouchedWith(trainer)),
    timeTraining: inSlot(slots, timeTrainingWith(trainer)),
    evaluateHeldOut: inSlot(slots, evaluateHeldOutWith(trainer)),
    confirmHeldOut: inSlot(slots, confirmHeldOutWith(trainer)),
    heldOutCosines: inSlot(slots, heldOutCosinesWith(trainer)),
    publishModel: publishModelWith(findBaseModel),
    salvageRun: salvageRunWith(findBaseModel),
    tidyPlace,
  };
}
