/** Why a process that others ask could not begin or go on. */
import { ConfigError } from '../config/configError.ts';
import { languageOf, translated } from '../words/catalogue.ts';
import { EXIT } from './exitCodes.ts';
import { UserError } from './userError.ts';

/**
 * Tells whoever started it, on stderr and in the language of the environment; with a stack only what nobody can put right.
 *
 * What such a process serves stays English, which its readers translate: the catalogue's own language is not set.
 *
 * @returns The exit code.
 */
export function tellFailure(error: Error): number {
  const canBePutRight = error instanceof UserError || error instanceof ConfigError;
  const text = canBePutRight ? translated(error.message, languageOf(process.env)) : (error.stack ?? error.message);
  process.stderr.write(`${text}\n`);
  if (error instanceof UserError) return error.exitCode;
  return canBePutRight ? EXIT.badInput : EXIT.failed;
}
