/**
 * Order of the test files. Jest begins with those that took longest, as its cache knows, else with the largest; but a clean
 * clone has no cache, and files that start whole stacks are short. They begin, so that none of them is left alone at the end.
 */
import Sequencer from '@jest/test-sequencer';

/** Longest first. */
const WHOLE_STACKS = ['test/faults/', 'test/e2e/'];

const rank = ({ path }) => {
  const found = WHOLE_STACKS.findIndex((folder) => path.includes(`/${folder}`));
  return found === -1 ? WHOLE_STACKS.length : found;
};

export default class LongestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).sort((a, b) => rank(a) - rank(b));
  }
}
