/** data/sample-retrieval: a question that names two terms of other families beside its own, and its term's definition. */
import type { Bundle } from './bundle.ts';
import { familyRows, otherFamily } from './families.ts';
import { questionBesideTwo } from './questions.ts';

const SEED = 20_240_608;
const FAMILIES = { train: 500, validation: 100, test: 150 };

export const retrieval: Bundle = {
  folder: 'sample-retrieval',
  columns: ['query', 'positive'],
  rows: (wordNet) =>
    familyRows(wordNet, SEED, FAMILIES, (family, random, others) =>
      family.members.map(({ term, definition }, index) => {
        const [one, two] = [1, 2].map(() => otherFamily(family, others, random).members[index]!.term);
        return [questionBesideTwo(random, term, one!, two!), definition];
      }),
    ),
};
