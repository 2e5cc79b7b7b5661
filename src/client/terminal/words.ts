/** What the rules say of a run, in the reader's language. */
import type { AdviserFacts } from '../../domain/adviserFacts.ts';
import { FAILURE_KINDS } from '../../domain/trials.ts';
import type { Failure, ProposedBy, Reason, Trial, TrialInHand } from '../../domain/trials.ts';
import { trialTitle, trialVerdict } from '../../domain/trialWords.ts';
import { language, t, translated } from '../../words/catalogue.ts';
import { plain } from '../screen.ts';

/** The longest text of advisers and failures that is shown whole. */
const LONGEST = 600;

/** `search model: the widest gap …`. */
export const named = (name: string, text: string): string =>
  language() === 'zh' ? `${name}：${text}` : `${name}: ${text}`;

/** Several things in a row. */
export const listed = (parts: readonly string[]): string => parts.join(language() === 'zh' ? '，' : ', ');

/** A reason, safe on a terminal. */
export const reasonText = (reason: Reason): string => plain(reason[language()], LONGEST);

/** A text that was made as English elsewhere. */
export const told = (text: string): string => plain(translated(text), LONGEST);

export const titleText = (trial: Trial | TrialInHand, among: readonly Trial[]): string =>
  plain(translated(trialTitle(trial, among)));

export function verdictText(trial: Trial): string {
  return trial.failure && trial.failure.kind !== 'pruned' && trial.failure.kind !== 'inadmissible'
    ? named(t`failed`, kindText(trial.failure))
    : translated(trialVerdict(trial));
}

/** What a kind of failure means; one that nobody knows is shown as it is. */
const kindText = ({ kind }: Pick<Failure, 'kind'>): string => translated(FAILURE_KINDS[kind] ?? kind);

/** Who proposed a training. Where no language model advises, the adviser is the local one, with rules of its own. */
export function byText(by: ProposedBy, adviser: AdviserFacts | null): string {
  switch (by) {
    case 'search':
      return t`search model`;
    case 'adviser':
      return adviser?.kind === 'local' ? t`local adviser` : t`adviser`;
    case 'person':
      return t`a person`;
    case 'earlier_run':
      return t`an earlier run`;
    case 'agent':
      return t`the agent`;
    case 'default':
      return t`default configuration`;
    case 'fallback':
      return t`fallback`;
  }
}

/** Why a run failed, with what its kind means where that is known. */
export function failureText(kind: string | null, reason: string | null): string {
  const why = told(reason ?? t`unknown reason`);
  return kind !== null && Object.hasOwn(FAILURE_KINDS, kind)
    ? named(kindText({ kind: kind as Failure['kind'] }), why)
    : why;
}
