/** Every text of the page: English where it is said, Chinese from the catalogue that the server sends. */
import { PLACE, matcher } from '../../words/matching.mjs';
import { askWords } from './api.mjs';

/** @typedef {import('../../words/catalogue.ts').Language} Language */
/** @typedef {import('../../domain/trials.ts').Reason} Reason */

/** @type {Language} */
let current = 'en';
/** @type {Map<string, string>} */
let chinese = new Map();
let toChinese = matcher(chinese);

/** Fetches the catalogue and takes the language: the remembered one, else the browser's, else the server's. */
export async function loadWords() {
  const { language: servers, zh } = await askWords();
  chinese = new Map(Object.entries(zh));
  toChinese = matcher(chinese);
  const asked = [localStorage.getItem('language'), ...navigator.languages, servers].filter((tag) => tag !== null);
  const found = asked.find((tag) => /^(?:en|zh)/i.test(tag));
  current = found && /^zh/i.test(found) ? 'zh' : 'en';
}

export const language = () => current;

/** @param {Language} chosen */
export function rememberLanguage(chosen) {
  current = chosen;
  localStorage.setItem('language', chosen);
}

/**
 * A text in the reader's language; what stands in its places is shown as it is.
 *
 * @param {TemplateStringsArray} parts
 * @param {...unknown} values
 */
export function t(parts, ...values) {
  const english = parts.reduce((text, part, index) => `${text}{${index - 1}}${part}`);
  const template = (current === 'en' ? null : chinese.get(english)) ?? english;
  return template.replace(PLACE, (_place, number) => String(values[Number(number)]));
}

/** A text that came as English from elsewhere, in the reader's language; as it is where the catalogue has no such one. */
export const translated = (/** @type {string} */ text) =>
  current === 'en' ? text : (chinese.get(text) ?? text.split('\n').map(toChinese).join('\n'));

/** The reader's half of a text in two languages. */
export const saidIn = (/** @type {Reason} */ reason) => reason[current];

/** Sentences that follow each other: Chinese has no spaces between them. @param {(string | null | false)[]} parts */
export const sentences = (parts) => parts.filter(Boolean).join(current === 'zh' ? '' : ' ');

/** Numbers and times as the reader's language writes them. */
export const locale = () => (current === 'zh' ? 'zh-CN' : 'en-GB');
