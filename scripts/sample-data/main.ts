/** Makes the bundled data of all tasks, and of the examples of own trainings. */
import { writeBundle } from './bundle.ts';
import { definitions } from './definitions.ts';
import { pairs } from './pairs.ts';
import { reranker } from './reranker.ts';
import { retrieval } from './retrieval.ts';
import { sts } from './sts.ts';
import { triplet } from './triplet.ts';
import { readWordNet } from './wordnet.ts';

export function main(parent: string): void {
  const wordNet = readWordNet();
  for (const bundle of [sts, retrieval, triplet, pairs, reranker, definitions]) writeBundle(bundle, wordNet, parent);
}
