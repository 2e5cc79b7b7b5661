/**
 * Every word for people, in English and Chinese, from one catalogue.
 *
 * English stands where it is said, as in gettext; `zh/*.json` holds the Chinese of each template, by its English with
 * numbered places: `Run {0} started`. What comes as English from elsewhere (a run's history, the trainer, a release
 * before) is known again by its template, so histories and files keep one language and every reader has their own.
 */
import type { LANGUAGES } from './catalogue.mjs';

export {
  LANGUAGES,
  catalogueFiles,
  keyOf,
  language,
  languageAsked,
  languageOf,
  setLanguage,
  t,
  translated,
} from './catalogue.mjs';

export type Language = (typeof LANGUAGES)[number];
