/** Whether a reason that a language model gives is one: weak models copy the example, or leave dots where words belong. */
import { said } from './said.ts';
import type { Reason } from './trials.ts';

/** Characters below which a text says nothing; Chinese says more in fewer. */
const SHORTEST = { zh: 4, en: 8 } as const;
/** Chinese characters that a Chinese reason has at least. */
const CHINESE_AT_LEAST = 2;

/** Words that stand where a reason belongs, whole: names of its type or its field, or of nothing. */
const PLACEHOLDERS =
  /^(?:reasons?|string|text|str|placeholder|explanation|rationale|lorem ipsum.*|reason in (?:chinese|english)|(?:one|two)(?: or two)? sentences?.*|todo|n\/?a|none|null|undefined|because|原因|理由|说明|因为|无|中文(?:理由|原因)?|英文(?:理由|原因)?)$/i;
/** `<why, in English>`, `[reason]`, `{reason}`: a place in an example that was not filled. */
const UNFILLED = /^\s*(?:<[^>]*>|\[[^\]]*\]|\{[^}]*\})\s*$/;

/**
 * What is wrong with a text in two languages, in a sentence that does not repeat it; null when it may be shown.
 *
 * @param name - How the sentence calls it: `reason`, `summary`.
 */
export function refuseReason({ zh, en }: Reason, name = 'reason'): string | null {
  for (const [language, text] of [
    ['zh', zh],
    ['en', en],
  ] as const) {
    const words = text.replace(/[\s.…·•_*"'“”‘’-]+/gu, ' ').trim();
    if (UNFILLED.test(text)) return said`${name}.${language} is the place in the example, not filled`;
    if (PLACEHOLDERS.test(words)) return said`${name}.${language} is a placeholder, not a ${name}`;
    if ([...words].length < SHORTEST[language]) return said`${name}.${language} says nothing: write a whole sentence`;
  }
  if ((zh.match(/\p{Script=Han}/gu) ?? []).length < CHINESE_AT_LEAST) return said`${name}.zh is not in Chinese`;
  if (!/[a-z]{2}/i.test(en)) return said`${name}.en is not in English`;
  return zh.trim() === en.trim() ? said`${name}.zh and ${name}.en are the same text` : null;
}
