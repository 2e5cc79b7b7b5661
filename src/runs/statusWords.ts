/** Single words of tables, in the reader's language; one that is not known stays. `--json` has them as they are. */
import type { Published, Verdict } from '../domain/confirmation.ts';
import { PUBLISHED_WORDS, VERDICT_WORDS } from '../domain/verdict.ts';
import { language, t } from '../words/catalogue.ts';

type Words = Readonly<Record<string, () => string>>;
const wordOf =
  (words: Words) =>
  (word: string): string =>
    words[word]?.() ?? word;

/** Of a run, as the server, its record or its search attribute has it. */
export const statusWord = wordOf({
  running: () => t`running`,
  completed: () => t`completed`,
  failed: () => t`failed`,
  canceled: () => t`canceled`,
  cancelled: () => t`cancelled`,
  terminated: () => t`terminated`,
  timed_out: () => t`timed_out`,
  stopped: () => t`stopped`,
  unknown: () => t`unknown`,
  lost: () => t`lost`,
  preparing: () => t`preparing`,
  baseline: () => t`baseline`,
  planning: () => t`planning`,
  tuning: () => t`tuning`,
  confirming: () => t`confirming`,
  publishing: () => t`publishing`,
  summarising: () => t`summarising`,
  reporting: () => t`reporting`,
  ended: () => t`ended`,
  paused: () => t`paused`,
  waiting: () => t`waiting`,
});

/** What held-out data say; null: nothing was compared. */
export const verdictWord = (verdict: Verdict | null): string =>
  verdict === null ? '–' : language() === 'en' ? verdict.replace('_', ' ') : VERDICT_WORDS[verdict].zh;

/** Which model was published; null: none yet. */
export const publishedWord = (what: Published['what'] | null): string =>
  what === null ? '–' : language() === 'en' ? what : PUBLISHED_WORDS[what].zh;

/** Who proposed a trial. */
export const proposerWord = wordOf({
  default: () => t`default`,
  adviser: () => t`adviser`,
  search: () => t`search`,
  fallback: () => t`fallback`,
  person: () => t`person`,
  agent: () => t`agent`,
  earlier_run: () => t`earlier_run`,
});
