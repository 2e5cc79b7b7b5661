/**
 * data/sample: graded pairs. No sentence stands in two rows, so none is shared between splits.
 *
 * Grades: 1.0 a term with its kind and its own definition; 0.7 a definition and that of the broader term; 0.4 of a
 * sister term; 0.0 of an unrelated one.
 */
import type { Bundle, Row } from './bundle.ts';
import { randomFrom, shuffled } from './random.ts';
import { narrowerTerms, type Synset, type WordNet } from './wordnet.ts';

const SEED = 20_240_607;
const COUNTS = { train: 2000, validation: 500, test: 500 };
const GRADES = [1, 0.7, 0.4, 0] as const;
type Grade = (typeof GRADES)[number];

export const sts: Bundle = {
  folder: 'sample',
  columns: ['sentence1', 'sentence2', 'score'],
  rows: (wordNet) => {
    const { train, validation, test } = COUNTS;
    const rows = makeRows(wordNet.synsets, train + validation + test);
    return {
      train: rows.slice(0, train),
      validation: rows.slice(train, train + validation),
      test: rows.slice(train + validation),
    };
  },
};

/** Draws rows whose sentences have not been used; every four rows hold each grade once. */
function makeRows(synsets: WordNet['synsets'], wanted: number): Row[] {
  const random = randomFrom(SEED);
  const order = shuffled([...synsets.values()], random);
  const sisters = narrowerTerms(order);
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
        rows.push([...pair, grade.toFixed(1)]);
        found = true;
      }
    }
  }
  return rows;
}

function pairWith(synset: Synset, other: Synset | undefined): [string, string] | null {
  return other ? [synset.definition, other.definition] : null;
}
