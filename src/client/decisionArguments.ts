/** What is typed behind a decision: `set KEY=VALUE`, `key KEY`. */
import type { Decision } from '../domain/decisions.ts';
import { UserError } from './userError.ts';

/**
 * What a decision carries besides its name.
 *
 * @throws UserError when it is not what the decision takes, with an example.
 */
export function detailsOf(
  decision: Decision['decision'],
  argument: string | undefined,
): { key?: string; value?: string | number } {
  if (decision === 'set') return parseAssignment(argument);
  if (decision === 'key') {
    if (!argument || !/^[A-Z_]+$/.test(argument))
      throw new UserError('key needs the name of a key, for example: key WARMUP_RATIO');
    return { key: argument };
  }
  if (argument !== undefined) throw new UserError(`${decision} takes nothing behind it, but was given ${argument}`);
  return {};
}

function parseAssignment(assignment: string | undefined): { key: string; value: string | number } {
  const [, key, text] = /^([A-Z_]+)=(.+)$/.exec(assignment ?? '') ?? [];
  if (!key || text === undefined) throw new UserError('set needs KEY=VALUE, for example: set LEARNING_RATE=5e-5');
  const number = Number(text);
  return { key, value: Number.isFinite(number) ? number : text };
}
