/** The task queues of this process's set-up. */
import { queuesWith } from '../domain/queues.ts';
import type { Queues } from '../domain/queues.ts';
import { nameFrom } from './environmentName.ts';

const LONGEST = 40;

/**
 * With TUNING_QUEUES=team-a the queues are `team-a-tuning`, `team-a-training` and so on, for workers and clients alike.
 *
 * @throws ConfigError when the variable cannot stand before a queue's name.
 */
export const queuesFrom = (environment: NodeJS.ProcessEnv): Queues =>
  queuesWith(nameFrom(environment, 'TUNING_QUEUES', LONGEST) ?? '');
