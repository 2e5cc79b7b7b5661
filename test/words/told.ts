/** Whether a text that was made as English is Chinese for a Chinese reader. */
import { translated } from '../../src/words/catalogue.ts';

/** Settings alone: `LEARNING_RATE = 3e-5, LR_SCHEDULER = cosine`. */
const SETTINGS = /^(\w+ = [^\s,]+(, )?)+$/;

/** Two English words beside each other; a command's are none. */
const COMMAND = /npm run [\w-]+/g;
const ENGLISH = /\b[a-z]{2,} [a-z]{2,}\b/;

/**
 * The texts that are not, each with what becomes of it.
 *
 * @param foreign - Words that come from elsewhere: errors of the system, a language model's prose.
 */
export function untold(texts: readonly (string | null | undefined)[], foreign: RegExp = /(?!)/g): string[] {
  return [...new Set(texts)].flatMap((text) => {
    if (!text || SETTINGS.test(text)) return [];
    const chinese = translated(text, 'zh');
    const known = /\p{Script=Han}/u.test(chinese) && !ENGLISH.test(chinese.replace(COMMAND, '').replace(foreign, ''));
    return known ? [] : [`${text} → ${chinese}`];
  });
}
