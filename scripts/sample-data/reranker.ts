/**
 * data/sample-reranker: a question for the meaning of a term, with six documents. One is its definition (1); the others
 * (0) are the definitions of a sister and of an unrelated term, and lists that name terms without saying what they are.
 */
import type { Bundle } from './bundle.ts';
import { familyRows, otherFamily, type Family } from './families.ts';
import { shuffled } from './random.ts';

const SEED = 20_240_611;
const FAMILIES = { train: 300, validation: 100, test: 200 };

const kindsOf = ({ broader, members }: Family): string =>
  `kinds of ${broader.term}: ${members.map(({ term }) => term).join(', ')}`;

export const reranker: Bundle = {
  folder: 'sample-reranker',
  columns: ['query', 'document', 'label'],
  rows: (wordNet) =>
    familyRows(wordNet, SEED, FAMILIES, (family, random, others) => {
      const [asked, sister] = family.members;
      const unrelated = otherFamily(family, others, random);
      const wrong = [
        sister.definition,
        unrelated.members[0].definition,
        `${asked.term}, a kind of ${family.broader.term}`,
        kindsOf(family),
        kindsOf(unrelated),
      ];
      const documents = [[asked.definition, 1] as const, ...wrong.map((document) => [document, 0] as const)];
      return shuffled(documents, random).map(([document, label]) => [`what is ${asked.term}?`, document, label]);
    }),
};
