/** Ports of loopback: one that was given, or the first that is free. */
import { ConfigError } from './configError.ts';
import { said } from '../domain/said.ts';

const TRIED = 200;

/**
 * A port as a command line gives it.
 *
 * @throws ConfigError unless it is a whole number from 0 (a free one) to 65535.
 */
export function portOf(port: string): number {
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    throw new ConfigError([said`--port ${port}: must be a port, 0 (a free one) to 65535`]);
  return Number(port);
}

/**
 * Listens at `given`; without it at the first free port from `first` on.
 *
 * @param listen - Throws the error of `listen` when the port cannot be had.
 * @throws ConfigError when `given` is no port or taken, or none of 200 is free.
 */
export async function listenAt<T>(
  given: string | undefined,
  first: number,
  listen: (port: number) => Promise<T>,
): Promise<T> {
  const ports = given === undefined ? Array.from({ length: TRIED }, (_, index) => first + index) : [portOf(given)];
  for (const port of ports) {
    try {
      return await listen(port);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
  throw new ConfigError([
    given === undefined
      ? said`no port from ${first} to ${first + TRIED - 1} is free on this machine`
      : said`--port ${given}: something else listens there already`,
  ]);
}
