/** Where a worker's files lie, by a name that stays the same over its restarts. */
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { hostname } from 'node:os';
import { nameFrom } from '../config/environmentName.ts';
import { PROJECT_ROOT } from '../projectRoot.ts';

const LONGEST = 80;
const LONGEST_HOST = 60;

/**
 * TUNING_PLACE, which workers that share one `models/` may have in common; else host and checkout, since each checkout
 * has a `models/` of its own.
 *
 * @throws ConfigError when the variable cannot name a queue.
 */
export function placeFrom(environment: NodeJS.ProcessEnv): string {
  const named = nameFrom(environment, 'TUNING_PLACE', LONGEST);
  if (named !== null) return named;
  const checkout = createHash('sha256').update(realpathSync(PROJECT_ROOT)).digest('hex').slice(0, 6);
  const host = hostname()
    .replace(/[^A-Za-z0-9.-]/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, LONGEST_HOST);
  return `${host || 'host'}-${checkout}`;
}
