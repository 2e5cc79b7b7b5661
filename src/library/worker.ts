/** Workers of the agent inside another application's process. */
import type { NativeConnection } from '@temporalio/worker';
import pino from 'pino';
import type { Logger } from 'pino';
import { queuesFrom } from '../config/queues.ts';
import { queuesWith } from '../domain/queues.ts';
import { placeFrom } from '../worker/place.ts';
import { trainingWorkers, tuningWorker } from '../worker/workers.ts';

export interface TuningWorkerOptions {
  /** The application's own; it closes it after `run`. */
  connection: NativeConnection;
  /** @default `default` */
  namespace?: string;
  /**
   * `tuning`: workflows, adviser and report; `training`: trainings and work on their files, for which the machine needs
   * the trainer's Python (TUNING_PYTHON_BIN).
   *
   * @default both
   */
  roles?: readonly ('tuning' | 'training')[];
  /**
   * What comes before the names of the task queues: `team-a` makes `team-a-tuning`, `team-a-training` and so on.
   *
   * @default TUNING_QUEUES, else nothing: `tuning`, `training`
   */
  queues?: string;
  /**
   * Where the files of this worker's trainings lie, by a name that stays the same.
   *
   * @default TUNING_PLACE, else host and installation
   */
  place?: string;
  /** @default one that is silent */
  logger?: Logger;
}

export interface TuningWorker {
  /** Serves until `shutdown`, or until the SDK's runtime is told to leave by a signal. */
  run(): Promise<void>;
  /** Serves while this work lasts. */
  runUntil<Result>(work: Promise<Result>): Promise<Result>;
  /** Takes nothing more; trainings checkpoint. `run` resolves when that is done. */
  shutdown(): void;
}

/**
 * Makes workers that serve runs from within an application.
 *
 * @throws ConfigError when a variable of the environment that is in force cannot be used.
 */
export async function createTuningWorker({
  connection,
  namespace = 'default',
  roles = ['tuning', 'training'],
  queues,
  place = placeFrom(process.env),
  logger = pino({ level: 'silent' }),
}: TuningWorkerOptions): Promise<TuningWorker> {
  const surroundings = {
    connection,
    namespace,
    logger,
    versioning: {},
    queues: queues === undefined ? queuesFrom(process.env) : queuesWith(queues),
    place,
  };
  const workers = await Promise.all(
    roles.map((role) => (role === 'tuning' ? tuningWorker(surroundings) : trainingWorkers(surroundings))),
  );
  const shutdown = () => workers.forEach((worker) => worker.shutdown());
  const run = async () => void (await Promise.all(workers.map((worker) => worker.run())));
  return {
    run,
    shutdown,
    runUntil: async (work) => {
      const serving = run();
      try {
        return await Promise.race([work, serving.then(() => work)]);
      } finally {
        shutdown();
        await serving;
      }
    },
  };
}
