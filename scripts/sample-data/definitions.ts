/** data/sample-definitions: definitions with the kind of thing that they define, for the examples of own trainings (examples/). */
import type { Bundle, PerSplit, Row } from './bundle.ts';
import { randomFrom, shuffled } from './random.ts';
import type { Synset } from './wordnet.ts';

const SEED = 20_240_612;
/** Lexicographer files (lexnames(5WN)) that are told apart; as many rows of each. */
const KINDS: Readonly<Record<string, string>> = {
  '04': 'act',
  '05': 'animal',
  '06': 'artifact',
  '09': 'cognition',
  '10': 'communication',
  '13': 'food',
  '20': 'plant',
  '27': 'substance',
};
const ROWS = { train: 100, validation: 40, test: 50 };

export const definitions: Bundle = {
  folder: 'sample-definitions',
  columns: ['text', 'label'],
  rows: ({ synsets }) => {
    const random = randomFrom(SEED);
    const used = new Set<string>();
    const order = shuffled([...synsets.values()], random).filter(({ definition }) => {
      const first = !used.has(definition);
      used.add(definition);
      return first;
    });
    const ofKind = (file: string): Synset[] => order.filter((synset) => synset.file === file);
    const kinds = Object.entries(KINDS).map(([file, label]) => ({ label, synsets: ofKind(file) }));
    let from = 0;
    const rows = Object.entries(ROWS).map(([split, count]): [string, Row[]] => {
      const drawn = kinds.flatMap(({ label, synsets: found }) =>
        found.slice(from, from + count).map((synset): Row => [synset.definition, label]),
      );
      from += count;
      return [split, shuffled(drawn, random)];
    });
    return Object.fromEntries(rows) as PerSplit<Row[]>;
  },
};
