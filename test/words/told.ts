/** Whether a text that was made as English is Chinese for a Chinese reader. */
import { translated } from '../../src/words/catalogue.ts';

/** Settings alone: `LEARNING_RATE = 3e-5, LR_SCHEDULER = cosine`. */
const SETTINGS = /^(\w+ = [^\s,]+(, )?)+$/;

/** Plain text with two English words beside each other; those of a command are none. */
const ENGLISH = /[ -~]*\b[a-z]{2,} [a-z]{2,}\b[ -~]*/g;
const COMMAND = /npm run [\w-]+/g;
/** The file and the line that a problem begins with. */
const PLACE = /^\S+:\d+[:：]/;

/**
 * The texts that are not, each with what becomes of it.
 *
 * @param foreign - Words that come from elsewhere: errors of the system, a language model's prose.
 * @param written - What a person has written, which may be told in it.
 */
export function untold(
  texts: readonly (string | null | undefined)[],
  { foreign = /(?!)/g, written = '' }: { foreign?: RegExp; written?: string } = {},
): string[] {
  const inOneLine = (value: string) => value.replace(/\s+/g, ' ').trim();
  const source = inOneLine(written);
  return [...new Set(texts)].flatMap((text) => {
    if (!text || SETTINGS.test(text)) return [];
    const chinese = translated(text, 'zh');
    const own = [foreign, PLACE, COMMAND].reduce((rest, others) => rest.replace(others, '\n'), chinese);
    const english = own.match(ENGLISH) ?? [];
    const known = /\p{Script=Han}/u.test(chinese) && english.every((words) => source.includes(inOneLine(words)));
    return known ? [] : [`${text} → ${chinese}`];
  });
}
