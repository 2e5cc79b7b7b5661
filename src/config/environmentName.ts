/** A name that a person gives in the environment and that becomes part of a queue's name. */
import { said } from '../domain/said.ts';
import { ConfigError } from './configError.ts';

/**
 * The name; null where the variable is absent or empty.
 *
 * @throws ConfigError when it cannot be part of a queue's name, or is longer than `most`.
 */
export function nameFrom(environment: NodeJS.ProcessEnv, variable: string, most: number): string | null {
  const name = environment[variable];
  if (!name) return null;
  if (name.length <= most && /^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name)) return name;
  throw new ConfigError([
    said`${variable} = ${name} is not possible; allowed: 1 to ${most} letters, digits, dots, hyphens and underscores, starting with a letter or digit`,
  ]);
}
