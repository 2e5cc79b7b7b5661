/** The task queues of this process's set-up. */
import { ConfigError } from './configError.ts';
import { QUEUE_PREFIX, queuesWith } from '../domain/queues.ts';
import type { Queues } from '../domain/queues.ts';

/**
 * With TUNING_QUEUES=team-a the queues are `team-a-tuning`, `team-a-training` and so on, for workers and clients alike.
 *
 * @throws ConfigError when the variable cannot stand before a queue's name.
 */
export function queuesFrom(environment: NodeJS.ProcessEnv): Queues {
  const prefix = environment['TUNING_QUEUES'] ?? '';
  if (prefix && !QUEUE_PREFIX.test(prefix))
    throw new ConfigError([
      `TUNING_QUEUES = ${prefix} is not possible; allowed: 1 to 40 letters, digits, dots, hyphens and underscores, starting with a letter or digit`,
    ]);
  return queuesWith(prefix);
}
