// @ts-check
/**
 * Knows an English text again by its template, and says it in Chinese; so for the texts in its places.
 *
 * Plain JavaScript without imports, for the set-up, and for a page that shows texts of a run.
 */

/**
 * A text with places.
 *
 * @typedef {object} Template
 * @property {readonly string[]} parts the words of its own, around its places: `['Run ', ' started']`
 * @property {readonly number[]} places the number of each place; of several that touch each other, which cannot be told
 *   apart, the first
 * @property {ReadonlySet<number>} wordy places whose single words are looked up, too, as `{1*}` in Chinese asks for; others
 *   may hold a name
 * @property {string} chinese
 * @property {Own} own
 */

/**
 * How much a template says by itself, and so what may stand in its places.
 *
 * @typedef {'sentence' | 'few words' | 'a word' | 'nothing'} Own
 */

/**
 * @typedef {object} Told
 * @property {string} text
 * @property {boolean} known
 * @property {number} left letters that stayed as they were
 * @property {number} swallowed ends of clauses that lie within a place, and not behind the text's last words
 * @property {boolean} clear whether it is known as a whole sentence, and no English prose is left in it
 */

/**
 * What holds sentences and enumerations together.
 *
 * @type {Readonly<Record<string, string>>}
 */
const JOINTS = {
  '{0}; {1}': '{0}；{1}',
  '{0}: {1}': '{0}：{1}',
  '{0}, {1}': '{0}，{1}',
  '{0} and {1}': '{0} 和 {1}',
  '{0} to {1}': '{0} 至 {1}',
  '{0} ({1})': '{0}（{1}）',
};

/** A place of a Chinese text: its number, and whether single words are looked up there. */
export const PLACE = /\{(\d+)(\*?)\}/g;

/** A place has a space beside it for names and figures; a Chinese text that stands there needs none. */
const BETWEEN_HAN = /(?<=\p{Script=Han}) (?=\p{Script=Han})/gu;

/** What ends a clause, and what stands apart from it. */
const CLAUSES = ['; ', ', or '];
const BRACKETS = /\([^()]*\)/g;

/** Longer texts are no enumerations: they are looked up by templates with words of their own alone. */
const LONGEST_JOINED = 2000;
const SENTENCE_FROM = 3;
const MOST_REMEMBERED = 5000;

/**
 * @param {ReadonlyMap<string, string>} texts Chinese by English template, with places `{0}`, `{1}`
 * @returns {(text: string) => string} gives the Chinese of a text; the text itself where it is not known
 */
export function matcher(texts) {
  const templates = [...texts]
    .flatMap(([english, chinese]) => templatesOf(english, chinese))
    .concat(Object.entries(JOINTS).map(([english, chinese]) => ({ ...template(english, chinese), own: 'nothing' })))
    .sort((a, b) => rank(a) - rank(b) || lengthOf(b) - lengthOf(a));
  /** @type {Map<string, Told>} */
  const remembered = new Map();

  /**
   * @param {string} text
   * @returns {Told}
   */
  function tell(text) {
    const before = remembered.get(text);
    if (before) return before;
    const told = found(text);
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    remembered.set(text, told);
    return told;
  }

  /**
   * Of all that fit, the one that leaves the fewest letters; then the one that divides no clause, then the one that says
   * most by itself.
   *
   * @param {string} text
   * @returns {Told}
   */
  function found(text) {
    const whole = texts.get(text);
    if (whole !== undefined) return { text: whole, known: true, left: 0, swallowed: 0, clear: true };
    /** @type {Told | null} */
    let best = null;
    for (const candidate of templates) {
      // Joints come last, where no sentence was found: what a sentence's places hold is looked up by itself.
      if (candidate.own === 'nothing' && (best?.clear || text.length > LONGEST_JOINED)) break;
      const values = split(text, candidate);
      const told = values && filled(candidate, values, tell);
      if (told && (!best || told.left < best.left || (told.left === best.left && told.swallowed < best.swallowed)))
        best = told;
    }
    return best ?? asItIs(text);
  }

  return (text) => tell(text).text;
}

/**
 * @param {string} text
 * @returns {Told}
 */
const asItIs = (text) => ({
  text,
  known: text === '',
  left: text.replace(/[^\p{L}]/gu, '').length,
  swallowed: 0,
  clear: false,
});

/**
 * @param {Template} template
 * @param {readonly string[]} values
 * @param {(text: string) => Told} tell
 * @returns {Told | null}
 */
function filled({ parts, places, wordy, chinese, own }, values, tell) {
  const told = values.map((value, index) =>
    /\s/.test(value) || wordy.has(/** @type {number} */ (places[index])) ? tell(value) : asItIs(value),
  );
  if (!mayHold(own, told, values)) return null;
  const text = chinese
    .replace(PLACE, (_place, number) => told[places.indexOf(Number(number))]?.text ?? '')
    .replace(BETWEEN_HAN, '');
  const left = told.reduce((sum, { left: letters }) => sum + letters, 0);
  const swallowed = CLAUSES.filter((end) => {
    const open =
      parts.at(-1) === '' && (own === 'sentence' || parts.some((part) => part.includes(end))) && end === '; ';
    const within = open ? values.slice(0, -1) : values;
    return !parts.includes(end) && within.some((value) => value.replace(BRACKETS, '').includes(end));
  }).length;
  return { text, known: true, left, swallowed, clear: own === 'sentence' && !leavesProse(told) };
}

/**
 * A sentence is known whatever it speaks of; what has few words of its own would be found in every other one's.
 *
 * @param {Own} own
 * @param {readonly Told[]} told
 * @param {readonly string[]} values
 */
function mayHold(own, told, values) {
  if (own === 'sentence') return true;
  if (leavesProse(told)) return false;
  if (own === 'few words') return true;
  if (told.some(({ known }, index) => known && values[index] !== '')) return true;
  return own === 'a word' && !values.some((value) => /[a-z]/.test(value));
}

/** @param {readonly Told[]} told */
const leavesProse = (told) => told.some(({ known, text }) => !known && isProse(text));

/**
 * Two English words beside each other; names, figures and paths are none, nor is what somebody has written and is quoted.
 *
 * @param {string} text
 */
const isProse = (text) => /\b[a-z]{2,} [a-z]{2,}\b/.test(text.replace(/"[^"]*"/g, '""'));

/**
 * A template, and, where it begins or ends as no sentence does (`; did you mean {0}?`), the same after or before another
 * text.
 *
 * @param {string} english
 * @param {string} chinese
 * @returns {Template[]}
 */
function templatesOf(english, chinese) {
  const after = /^[\s,;:]/.test(english);
  const before = /[\s,;:]$/.test(english);
  /** @param {string} text */
  const later = (text) => text.replace(PLACE, (_place, number, star) => `{${Number(number) + 1}${star}}`);
  const more = english.match(/\{\d+\}/g)?.length ?? 0;
  return [
    ...(english.includes('{0}') ? [template(english, chinese)] : []),
    ...(after ? [shorter(template(`{0}${later(english)}`, `{0}${later(chinese)}`))] : []),
    ...(before ? [shorter(template(`${english}{${more}}`, `${chinese}{${more}}`))] : []),
  ];
}

/**
 * @param {string} english
 * @param {string} chinese
 * @returns {Template}
 */
function template(english, chinese) {
  const [first = '', ...others] = english.split(/\{\d+\}/);
  const parts = [first];
  /** @type {number[]} */
  const places = [];
  for (const [place, part] of others.entries()) {
    // A place right behind another one: what stands in both is taken together.
    if (place > 0 && others[place - 1] === '') parts[parts.length - 1] = part;
    else {
      places.push(place);
      parts.push(part);
    }
  }
  const wordy = new Set([...chinese.matchAll(PLACE)].flatMap(([, place, star]) => (star ? [Number(place)] : [])));
  return { parts, places, wordy, chinese, own: ownOf(parts) };
}

/**
 * @param {readonly string[]} parts
 * @returns {Own}
 */
function ownOf(parts) {
  const words = parts.join(' ').match(/\p{L}{2,}/gu)?.length ?? 0;
  if (words >= SENTENCE_FROM) return 'sentence';
  const marked = parts[0]?.trim() !== '' || parts.some((part) => /[^\p{L}\s]/u.test(part));
  return words > 1 || marked ? 'few words' : 'a word';
}

/**
 * A part of a sentence is none.
 *
 * @param {Template} template
 * @returns {Template}
 */
const shorter = (template) => (template.own === 'sentence' ? { ...template, own: 'few words' } : template);

/** @type {readonly Own[]} */
const RANKS = ['sentence', 'few words', 'a word', 'nothing'];

/**
 * What says most comes first; then what begins with words of its own.
 *
 * @param {Template} template
 */
const rank = ({ own, parts }) => 2 * RANKS.indexOf(own) + (parts[0] === '' ? 1 : 0);

/** @param {Template} template */
const lengthOf = ({ parts }) => parts.reduce((sum, part) => sum + part.length, 0);

/**
 * What stands in the places of a text, each as short as it can be; null when the text is another one. Nothing is joined
 * within brackets.
 *
 * @param {string} text
 * @param {Template} template
 * @returns {string[] | null}
 */
function split(text, { parts, own }) {
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  const end = text.length - last.length;
  let at = first.length;
  if (end < at || !text.startsWith(first) || !text.endsWith(last)) return null;
  const values = [];
  for (const part of parts.slice(1, -1)) {
    let found = text.indexOf(part, at);
    if (own === 'nothing')
      while (found >= 0 && !isBalanced(text.slice(at, found))) found = text.indexOf(part, found + 1);
    if (found < 0 || found + part.length > end) return null;
    values.push(text.slice(at, found));
    at = found + part.length;
  }
  return [...values, text.slice(at, end)];
}

/**
 * Whether all brackets that are opened are closed.
 *
 * @param {string} text
 */
function isBalanced(text) {
  let depth = 0;
  for (const sign of text) {
    if ('([{'.includes(sign)) depth += 1;
    else if (')]}'.includes(sign)) depth -= 1;
  }
  return depth <= 0;
}
