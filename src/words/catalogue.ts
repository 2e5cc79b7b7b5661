/**
 * Every word for people, in English and Chinese, from one catalogue.
 *
 * English stands where it is said, as in gettext; `zh/*.json` holds the Chinese of each template, by its English with
 * numbered places: `Run {0} started`. What comes as English from elsewhere (a run's history, the trainer, a release
 * before) is known again by its template, so histories and files keep one language and every reader has their own.
 */
import { readFileSync, readdirSync } from 'node:fs';

export const LANGUAGES = ['en', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number];

let current: Language = 'en';

/** From now on `t` speaks this language. */
export function setLanguage(language: Language): void {
  current = language;
}

export const language = (): Language => current;

/** The language that the environment asks for, as POSIX ranks its variables: LC_ALL, LC_MESSAGES, LANG. */
export function languageOf(environment: NodeJS.ProcessEnv): Language {
  const named = environment['LC_ALL'] || environment['LC_MESSAGES'] || environment['LANG'] || '';
  return /^zh/i.test(named) ? 'zh' : 'en';
}

/** A text in the reader's language; what stands in its places is shown as it is. */
export function t(parts: TemplateStringsArray, ...values: unknown[]): string {
  const template = current === 'en' ? null : chinese().get(keyOf(parts));
  return template === null || template === undefined
    ? parts.reduce((text, part, index) => `${text}${String(values[index - 1])}${part}`)
    : filled(template, values.map(String));
}

/** How the catalogue calls a template: its English, with numbered places. */
export const keyOf = (parts: readonly string[]): string =>
  parts.reduce((text, part, index) => `${text}{${index - 1}}${part}`);

/**
 * A text that was made as English elsewhere, in the reader's language, line by line; as it is where the catalogue does
 * not know it. What stood in its places is looked up, too, where it is more than a word.
 */
export function translated(text: string, to: Language = current): string {
  if (to === 'en') return text;
  return text.includes('\n') ? text.split('\n').map(lineInChinese).join('\n') : lineInChinese(text);
}

function lineInChinese(line: string): string {
  const [, before, text, after] = /^(\s*)(.*?)(\s*)$/s.exec(line)!;
  return text ? `${before}${inChinese(text)}${after}` : line;
}

function inChinese(text: string): string {
  const whole = chinese().get(text);
  if (whole !== undefined) return whole;
  for (const { pattern, template } of patterns()) {
    const found = pattern.exec(text);
    if (found)
      return filled(
        template,
        found.slice(1).map((value) => (/\s/.test(value) ? translated(value, 'zh') : value)),
      );
  }
  return text;
}

const filled = (template: string, values: readonly string[]): string =>
  template.replace(/\{(\d+)\}/g, (_place, index: string) => values[Number(index)] ?? '');

let loaded: Map<string, string> | null = null;
function chinese(): Map<string, string> {
  loaded ??= new Map(Object.entries(Object.assign({}, ...catalogueFiles().map(({ texts }) => texts))));
  return loaded;
}

/** The catalogue's files, each with its texts: Chinese by English template. */
export function catalogueFiles(): { name: string; texts: Record<string, string> }[] {
  const folder = new URL('./zh/', import.meta.url);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => ({
      name,
      texts: JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Record<string, string>,
    }));
}

interface Pattern {
  pattern: RegExp;
  template: string;
}

/** A template with fewer letters of its own than this would be found in every text. */
const LETTERS_AT_LEAST = 4;

let compiled: Pattern[] | null = null;
/** Templates with places, those with the most words of their own first: the most exact one is meant. */
function patterns(): Pattern[] {
  compiled ??= [...chinese()]
    .map(([english, template]) => ({ english, template, own: english.replace(/\{\d+\}/g, '') }))
    .filter(({ english, own }) => own !== english && own.replace(/[^\p{L}]/gu, '').length >= LETTERS_AT_LEAST)
    .sort((a, b) => b.own.length - a.own.length)
    .map(({ english, template }) => ({ pattern: patternOf(english), template }));
  return compiled;
}

const patternOf = (english: string): RegExp =>
  new RegExp(
    `^${english
      .split(/\{\d+\}/)
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('(.*?)')}$`,
    's',
  );
