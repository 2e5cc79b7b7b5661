/** data/sample-triplet: a question for one term rather than its sister, and the definitions of both. */
import type { Bundle } from './bundle.ts';
import { familyRows } from './families.ts';
import { questionBesideOne } from './questions.ts';

const SEED = 20_240_609;
const FAMILIES = { train: 500, validation: 100, test: 150 };

export const triplet: Bundle = {
  folder: 'sample-triplet',
  columns: ['anchor', 'positive', 'negative'],
  rows: (wordNet) =>
    familyRows(wordNet, SEED, FAMILIES, ({ members }, random) =>
      members.map(({ term, definition }, index) => {
        const sister = members[(index + 1) % members.length]!;
        return [questionBesideOne(random, term, sister.term), definition, sister.definition];
      }),
    ),
};
