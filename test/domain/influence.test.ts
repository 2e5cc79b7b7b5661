/** How far a language model is followed: what a bad one can cost is bounded, whatever it does. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { candidatesFor, influenceOf, noiseOf } from '../../src/domain/influence.ts';
import type { Trial } from '../../src/domain/trials.ts';
import { result, trial } from './runs.ts';
import { BASE, candidate, study } from './studies.ts';

let values = 0;
const of = (change: Partial<Trial>): Trial => ({
  ...trial({ values: { LEARNING_RATE: (values += 1) }, result: result(0.6), origin: 'model', proposedBy: 'search' }),
  delta: 0,
  accepted: false,
  ...change,
});
const search = (): Trial => of({});
const own = (delta: number | null, change: Partial<Trial> = {}): Trial =>
  of({ proposedBy: 'adviser', origin: 'own', delta, accepted: delta !== null && delta > 0, ...change });
const failed = (): Trial => own(null, { result: null, failure: { kind: 'oom', message: 'out', facts: {} } });

test('a model without a record may decide for itself', () => {
  expect(influenceOf([])).toMatchObject({ pause: 0, lost: 0, worthAsking: true });
});

test.each<[string, () => Trial, number]>([
  ['a clear loss', () => own(-0.2), 8],
  ['a failure', failed, 8],
  ['a change of nothing', () => own(0.001), 4],
  ['a repeat', () => own(null, { purpose: 'repeat', origin: null }), 4],
])('%s is followed by a pause', (_name, step, pause) => {
  expect(influenceOf([step()])).toMatchObject({ pause, lost: 1 });
  const after = [step(), ...Array.from({ length: pause }, search)];
  expect(influenceOf(after)).toMatchObject({ pause: 0, lost: 1 });
  // The next one costs twice as much.
  expect(influenceOf([...after, step()]).pause).toBe(2 * pause);
});

test('a gain beyond noise gives its word back, and takes a loss from the record', () => {
  expect(influenceOf([own(-0.2), own(0.1)])).toMatchObject({ pause: 0, lost: 0, gained: 1, steps: 2 });
});

test('noise that was measured decides what a gain is', () => {
  const noisy = [0.5, 0.7, 0.6].map((score) => of({ purpose: 'noise', values: BASE, result: result(score) }));
  expect(noiseOf(noisy)).toBeCloseTo(0.1);
  expect(influenceOf([...noisy, own(0.1)])).toMatchObject({ gained: 0, pause: 4 });
  expect(influenceOf([own(0.1)])).toMatchObject({ gained: 1, pause: 0 });
});

describe('choices among the candidates', () => {
  /** @param score - Against an expectation of 0.5 to 0.7. */
  const choice = (score: number): Trial =>
    of({
      proposedBy: 'adviser',
      origin: 'choice',
      result: result(score),
      predicted: { byModel: { low: 0.5, high: 0.7 }, byAdviser: null },
    });

  test('cost no step, whatever comes of them', () => {
    expect(influenceOf([choice(0.2), choice(0.2)])).toMatchObject({ steps: 0, pause: 0, lost: 0 });
  });

  test('go on while what comes is what was expected, on average', () => {
    const fair = [0.52, 0.68, 0.56, 0.63, 0.55, 0.66].map(choice);
    expect(influenceOf(fair)).toMatchObject({ noChoice: 0, misled: 0, worthAsking: true });
  });

  test('end for a while when they fall short again and again, or once by far; twice as long the next time', () => {
    const slightly = [choice(0.55), choice(0.54)];
    expect(influenceOf(slightly.slice(0, 1))).toMatchObject({ noChoice: 0 });
    expect(influenceOf(slightly)).toMatchObject({ noChoice: 16, misled: 1, worthAsking: false });
    const after = [choice(0.3), ...Array.from({ length: 16 }, search)];
    expect(influenceOf(after)).toMatchObject({ noChoice: 0, worthAsking: true });
    expect(influenceOf([...after, choice(0.3)])).toMatchObject({ noChoice: 32, misled: 2 });
  });

  test('that cannot be trained fall short', () => {
    const oom = { ...choice(0), result: null, failure: { kind: 'oom' as const, message: 'out', facts: {} } };
    expect(influenceOf([oom])).toMatchObject({ noChoice: 16 });
  });

  test('with no margin the search model has chosen', () => {
    const [first, second] = [candidate({ LEARNING_RATE: 1 }, 0.6), candidate({ LEARNING_RATE: 2 }, 0.6)];
    const both = study({ next: [first!], shortlist: [second!] });
    expect(candidatesFor(both).free).toBe(2);
    expect(candidatesFor(both, 0)).toMatchObject({ free: 1, shown: [first, second] });
  });
});

test('a model whose record is bad is asked less often', () => {
  const trials: Trial[] = [];
  let asked = 0;
  for (let number = 0; number < 60; number += 1) {
    const { worthAsking, pause } = influenceOf(trials);
    if (worthAsking) asked += 1;
    trials.push(worthAsking && pause === 0 ? own(-0.2) : search());
  }
  expect(asked).toBeLessThan(35);
});

describe('an adversary', () => {
  /** Whatever it may do at a training, it does the worst of it. */
  const steered = (pool: number, steps: readonly (() => Trial)[]): number => {
    const trials: Trial[] = [];
    let taken = 0;
    for (let number = 0; number < pool; number += 1) {
      const may = influenceOf(trials).pause === 0;
      if (may) taken += 1;
      trials.push(may ? steps[number % steps.length]!() : search());
    }
    return taken;
  };

  test('decides at most 1 + log2(1 + n/8) of n trainings where it loses, and 1 + log2(1 + n/4) where it gains nothing', () => {
    const nothing = fc.constantFrom(
      () => own(0),
      () => own(-0.01),
      () => own(null, { purpose: 'repeat', origin: null }),
    );
    const loss = fc.constantFrom(() => own(-0.5), failed);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.array(loss, { minLength: 1 }),
        fc.array(nothing, { minLength: 1 }),
        (pool, losses, nothings) => {
          expect(steered(pool, losses)).toBeLessThanOrEqual(1 + Math.log2(1 + pool / 8));
          expect(steered(pool, nothings)).toBeLessThanOrEqual(1 + Math.log2(1 + pool / 4));
        },
      ),
      { numRuns: 200 },
    );
    // In the pool that runs have by default: one training.
    expect(steered(9, [() => own(-0.5)])).toBe(1);
  });

  test('chooses only what promises about as much as the first candidate', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            mean: fc.double({ min: 0, max: 1, noNaN: true }),
            sd: fc.double({ min: 0.001, max: 0.2, noNaN: true }),
          }),
          { minLength: 1, maxLength: 30 },
        ),
        (beliefs) => {
          const [first, ...others] = beliefs
            .map(({ mean, sd }, index) => candidate({ LEARNING_RATE: index }, mean, { sd }))
            .sort((a, b) => b.mean + 2 * b.sd - a.mean - 2 * a.sd);
          const { shown, free } = candidatesFor(study({ next: [first!], shortlist: others }));
          expect(shown.length).toBeLessThanOrEqual(12);
          for (const one of shown.slice(0, free))
            expect(one.mean + 2 * one.sd).toBeGreaterThanOrEqual(first!.mean + 2 * first!.sd - 0.5 * first!.sd - 1e-9);
        },
      ),
    );
  });
});
