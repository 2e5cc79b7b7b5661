/** Questions for the meaning of one term that name others too: what a model must learn to look past. */
const BESIDE_ONE = [
  (term: string, other: string) => `what is ${term}, as opposed to ${other}?`,
  (term: string, other: string) => `not ${other}, but what is ${term}?`,
  (term: string, other: string) => `unlike ${other}, what is ${term}?`,
  (term: string, other: string) => `what does ${term} mean? I already know ${other}`,
];
const BESIDE_TWO = [
  (term: string, one: string, two: string) => `I know ${one} and ${two}, but what is ${term}?`,
  (term: string, one: string, two: string) => `what is ${term}? I asked about ${one} and ${two} before`,
  (term: string, one: string, two: string) => `after ${one} and ${two}, tell me what ${term} means`,
];

const oneOf = <T>(items: readonly T[], random: () => number): T => items[Math.floor(random() * items.length)]!;

export const questionBesideOne = (random: () => number, term: string, other: string): string =>
  oneOf(BESIDE_ONE, random)(term, other);

export const questionBesideTwo = (random: () => number, term: string, one: string, two: string): string =>
  oneOf(BESIDE_TWO, random)(term, one, two);
