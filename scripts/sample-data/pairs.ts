/** data/sample-pairs: a question for one term rather than its sister, with the definition of the term (1) or of the sister (0). */
import type { Bundle } from './bundle.ts';
import { familyRows } from './families.ts';
import { questionBesideOne } from './questions.ts';

const SEED = 20_240_610;
const FAMILIES = { train: 600, validation: 200, test: 250 };

export const pairs: Bundle = {
  folder: 'sample-pairs',
  columns: ['sentence1', 'sentence2', 'label'],
  rows: (wordNet) =>
    familyRows(wordNet, SEED, FAMILIES, ({ members: [first, second, third] }, random) => [
      [questionBesideOne(random, first.term, third.term), first.definition, 1],
      [questionBesideOne(random, second.term, third.term), third.definition, 0],
    ]),
};
