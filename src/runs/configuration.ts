/** A configuration from its layers, for whoever starts a run: the commands and the library refuse it with the same words. */
import { ConfigError } from '../config/configError.ts';
import { resolveConfig } from '../config/resolve.ts';
import type { ConfigSources } from '../config/resolve.ts';
import { givenNameSchema } from '../domain/fields.ts';
import type { TuningConfig } from '../domain/settings.ts';
import { t, translated } from '../words/catalogue.ts';
import { UserError } from './userError.ts';

/** @throws UserError naming everything that is wrong with the options or the configuration. */
export function resolvedOrRefused(
  options: { auto?: boolean; interactive?: boolean; name?: string },
  sources: ConfigSources,
): TuningConfig {
  if (options.auto && options.interactive) throw new UserError(t`--auto and --interactive exclude each other`);
  const name = givenNameSchema.optional().safeParse(options.name);
  if (!name.success) throw new UserError(`--name ${options.name}: ${name.error.issues[0]!.message}`);
  try {
    return resolveConfig(sources);
  } catch (error) {
    if (error instanceof ConfigError)
      throw new UserError(
        `${t`The configuration cannot be used:`}\n${error.problems.map((problem) => `  ${translated(problem)}`).join('\n')}`,
      );
    throw error;
  }
}
