/** What is typed behind a decision: `set KEY=VALUE`, `key KEY`. */
import type { Decision } from '../domain/decisions.ts';
import { nearest } from '../config/messages.ts';
import { UserError } from '../runs/userError.ts';
import { TYPED_DECISIONS } from './decisionWords.ts';
import { t } from '../words/catalogue.ts';

/** @throws UserError for a word that is no decision, with the nearest one. */
export function typedDecision(word: string): Decision['decision'] {
  if (Object.hasOwn(TYPED_DECISIONS, word)) return TYPED_DECISIONS[word]!;
  const allowed = Object.keys(TYPED_DECISIONS);
  const meant = nearest(word, allowed);
  throw new UserError(
    meant === null
      ? t`${word} is no decision; allowed: ${allowed.join(', ')}`
      : t`${word} is no decision; did you mean ${meant}? Allowed: ${allowed.join(', ')}`,
  );
}

/** What a person may have meant with a key that the run does not know, to stand behind its refusal; else nothing. */
export function meantKey(refused: string, argument = ''): string {
  const [key = ''] = argument.split('=');
  const [, allowed] = /is not among TUNABLE_KEYS; allowed: (.+)$/.exec(refused) ?? [];
  const meant = allowed === undefined ? null : nearest(key, allowed.split(', '));
  return meant === null ? '' : t`; did you mean ${meant}?`;
}

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
    if (!argument || !/^[A-Za-z]\w*$/.test(argument))
      throw new UserError(t`key needs the name of a key, for example: key WARMUP_RATIO`);
    return { key: argument };
  }
  if (argument !== undefined) throw new UserError(t`${decision} takes nothing behind it, but was given ${argument}`);
  return {};
}

function parseAssignment(assignment: string | undefined): { key: string; value: string | number } {
  const [, key, text] = /^([A-Za-z]\w*)=(.+)$/.exec(assignment ?? '') ?? [];
  if (!key || text === undefined) throw new UserError(t`set needs KEY=VALUE, for example: set LEARNING_RATE=5e-5`);
  const number = Number(text);
  return { key, value: Number.isFinite(number) ? number : text };
}
