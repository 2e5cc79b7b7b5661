// @ts-check
/**
 * The catalogue itself, in plain JavaScript without packages: the set-up speaks both languages, too, on Node 20 and before
 * anything is installed. TypeScript has it from catalogue.ts, with its types.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { PLACE, matcher } from './matching.mjs';

export const LANGUAGES = /** @type {const} */ (['en', 'zh']);
/** @typedef {(typeof LANGUAGES)[number]} Language */

/** @type {Language} */
let current = 'en';

/**
 * From now on `t` speaks this language.
 *
 * @param {Language} language
 */
export function setLanguage(language) {
  current = language;
}

/** @returns {Language} */
export const language = () => current;

/**
 * The language that the environment asks for, as POSIX ranks its variables: LC_ALL, LC_MESSAGES, LANG.
 *
 * @param {NodeJS.ProcessEnv} environment
 * @returns {Language}
 */
export function languageOf(environment) {
  const named = environment['LC_ALL'] || environment['LC_MESSAGES'] || environment['LANG'] || '';
  return /^zh/i.test(named) ? 'zh' : 'en';
}

/**
 * What a command line says of the language, `--lang zh` or `--lang=zh` before or after the command, and its other words.
 *
 * @param {readonly string[]} args what follows `--` belongs to others
 * @returns {{named: string | null, others: string[]}} named: as it was written, the last one of several; null: nothing
 */
export function languageIn(args) {
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  /** @type {string | null} */
  let named = null;
  const others = [];
  for (let at = 0; at < end; at += 1) {
    const word = /** @type {string} */ (args[at]);
    if (word === '--lang') named = args[(at += 1)] ?? '';
    else if (word.startsWith('--lang=')) named = word.slice('--lang='.length);
    else others.push(word);
  }
  return { named, others: [...others, ...args.slice(end)] };
}

/**
 * The language that a command line asks for; else that of the environment, also where it names none of ours: whoever reads
 * the command line refuses that.
 *
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} environment
 * @returns {Language}
 */
export function languageAsked(args, environment) {
  const { named } = languageIn(args);
  return LANGUAGES.find((known) => known === named) ?? languageOf(environment);
}

/**
 * A text in the reader's language; what stands in its places is shown as it is.
 *
 * @param {TemplateStringsArray} parts
 * @param {...unknown} values
 * @returns {string}
 */
export function t(parts, ...values) {
  const template = current === 'en' ? null : chinese().get(keyOf(parts));
  return template === null || template === undefined
    ? parts.reduce((text, part, index) => `${text}${String(values[index - 1])}${part}`)
    : filled(template, values.map(String));
}

/**
 * How the catalogue calls a template: its English, with numbered places.
 *
 * @param {readonly string[]} parts
 * @returns {string}
 */
export const keyOf = (parts) => parts.reduce((text, part, index) => `${text}{${index - 1}}${part}`);

/**
 * A text that was made as English elsewhere, in the reader's language; as it is where the catalogue does not know it.
 * Each line of several is looked up by itself, and so is whatever stood in a text's places.
 *
 * @param {string} text
 * @param {Language} [to]
 * @returns {string}
 */
export function translated(text, to = current) {
  if (to === 'en') return text;
  return chinese().get(text) ?? text.split('\n').map(lineInChinese).join('\n');
}

/** @type {((text: string) => string) | null} */
let match = null;

/** @param {string} line */
function lineInChinese(line) {
  const [, before, text, after] = /** @type {RegExpExecArray} */ (/^(\s*)(.*?)(\s*)$/s.exec(line));
  match ??= matcher(chinese());
  return text ? `${before}${match(text)}${after}` : line;
}

/**
 * @param {string} template
 * @param {readonly string[]} values
 */
const filled = (template, values) => template.replace(PLACE, (_place, index) => values[Number(index)] ?? '');

/** @type {Map<string, string> | null} */
let loaded = null;
function chinese() {
  loaded ??= new Map(Object.entries(Object.assign({}, ...catalogueFiles().map(({ texts }) => texts))));
  return loaded;
}

/**
 * The catalogue's files, each with its texts: Chinese by English template.
 *
 * @returns {{name: string, texts: Record<string, string>}[]}
 */
export function catalogueFiles() {
  const folder = new URL('./zh/', import.meta.url);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => ({ name, texts: JSON.parse(readFileSync(new URL(name, folder), 'utf8')) }));
}
