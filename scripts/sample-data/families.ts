/** Families of terms: a broader term and three narrower ones. What every task but sts is made of. */
import { SPLITS, type PerSplit, type Row } from './bundle.ts';
import { randomFrom, shuffled } from './random.ts';
import { narrowerTerms, type Synset, type WordNet } from './wordnet.ts';

export interface Family {
  broader: Synset;
  members: readonly [Synset, Synset, Synset];
}
type RowsOf = (family: Family, random: () => number, others: readonly Family[]) => Row[];

/** Rows of as many families as `counts` says; `others` are those of the same split, `family` among them. */
export function familyRows(wordNet: WordNet, seed: number, counts: PerSplit<number>, rowsOf: RowsOf): PerSplit<Row[]> {
  const random = randomFrom(seed);
  const families = drawFamilies(wordNet, random);
  const rows: PerSplit<Row[]> = { train: [], validation: [], test: [] };
  let start = 0;
  for (const split of SPLITS) {
    const own = families.slice(start, (start += counts[split]));
    if (own.length < counts[split]) throw new Error(`WordNet has too few families for ${split}: ${own.length}`);
    rows[split] = own.flatMap((family) => rowsOf(family, random, own));
  }
  return rows;
}

/** No term and no definition stands in two families, so nothing is shared between splits. */
function drawFamilies(wordNet: WordNet, random: () => number): Family[] {
  const order = shuffled([...wordNet.synsets.values()], random);
  const narrower = narrowerTerms(order);
  const used = new Set<string>();
  const families: Family[] = [];
  for (const broader of order) {
    const own = new Set<string>();
    const [kind, ...members] = [broader, ...(narrower.get(broader.id) ?? [])].filter(({ term, definition }) => {
      const fresh = [term, definition].every((text) => !used.has(text) && !own.has(text));
      if (fresh) own.add(term).add(definition);
      return fresh;
    });
    const [first, second, third] = members;
    if (kind !== broader || !first || !second || !third) continue;
    for (const { term, definition } of [broader, first, second, third]) used.add(term).add(definition);
    families.push({ broader, members: [first, second, third] });
  }
  return families;
}

/** One of the families other than `family`. */
export function otherFamily(family: Family, others: readonly Family[], random: () => number): Family {
  const at = others.indexOf(family) + 1 + Math.floor(random() * (others.length - 1));
  return others[at % others.length]!;
}
