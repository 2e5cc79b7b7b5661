/**
 * What the fuzz tests share: the seed, the counts and the mutations.
 *
 * FUZZ_SEED repeats a run (test/seeded.mjs). FUZZ_RUNS is a number of runs, or `full`; otherwise a quick selection is made.
 */
import { expect } from '@jest/globals';
import fc from 'fast-check';
import { SEED } from '../seeded.mjs';

const QUICK_RUNS = 300;
const FULL_RUNS = 10_000;
/** Far above what any single input takes; one that takes longer counts as a hang. */
const LONGEST_MS = 60_000;
/** One limit for all runs of a property: jest's own is meant for single cases. */
export const FUZZ_TIMEOUT_MS = 900_000;

const wanted = process.env['FUZZ_RUNS'];
const numRuns = wanted === 'full' ? FULL_RUNS : Number(wanted || QUICK_RUNS);

/** Parameters of a file's property; prints how to repeat it. fast-check puts the seed into the message of a failure. */
export function fuzzed(file: string): { seed: number; numRuns: number } {
  // fast-check takes NaN for no runs at all, and such a test would pass.
  if (!(numRuns >= 1)) throw new Error('FUZZ_RUNS must be a number or full');
  console.log(`${file}: ${numRuns} runs; repeat with FUZZ_SEED=${SEED}`);
  return { seed: SEED, numRuns };
}

/** Runs a case and fails when it took so long that a person would call it a hang. */
export function promptly<T>(work: () => T): T {
  const start = performance.now();
  try {
    return work();
  } finally {
    expect(performance.now() - start).toBeLessThan(LONGEST_MS);
  }
}

export const isOneLine = (text: string): boolean => text.trim() !== '' && !/[\r\n]/.test(text);

/** What a mutation does to bytes; `at` and `to` are taken modulo the length, so that they fit whatever came before. */
export interface Mutation {
  how: 'insert' | 'delete' | 'duplicate' | 'swap' | 'replace' | 'flip' | 'cut';
  at: number;
  to: number;
  length: number;
  put: string;
}

const place = fc.nat(0xff_ffff);
export const mutation = (put: fc.Arbitrary<string>): fc.Arbitrary<Mutation> =>
  fc.record({
    how: fc.constantFrom('insert', 'insert', 'replace', 'replace', 'delete', 'duplicate', 'swap', 'flip', 'cut'),
    at: place,
    to: place,
    length: fc.integer({ min: 1, max: 40 }),
    put,
  });

export function mutateBytes(bytes: Buffer, { how, at, to, length, put }: Mutation): Buffer {
  const start = at % (bytes.length + 1);
  const end = Math.min(bytes.length, start + length);
  const [before, middle, after] = [bytes.subarray(0, start), bytes.subarray(start, end), bytes.subarray(end)];
  switch (how) {
    case 'insert':
      return Buffer.concat([before, Buffer.from(put), middle, after]);
    case 'delete':
      return Buffer.concat([before, after]);
    case 'duplicate':
      return Buffer.concat([before, middle, middle, after]);
    case 'replace':
      return Buffer.concat([before, Buffer.from(put), after]);
    case 'flip':
      return Buffer.concat([before, Buffer.from(middle.map((byte) => byte ^ (1 << (to % 8)))), after]);
    case 'cut':
      return before;
    case 'swap': {
      const split = after.length === 0 ? 0 : to % after.length;
      return Buffer.concat([before, after.subarray(0, split), middle, after.subarray(split)]);
    }
  }
}
