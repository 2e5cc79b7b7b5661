import { expect, test } from '@jest/globals';
import { configFor, currentValues } from '../../src/domain/configurations.ts';
import { recordTrial } from '../../src/domain/runTrials.ts';
import { MOST_SEEDS, seedsFrom } from '../../src/history/seeds.ts';
import type { RunState } from '../../src/domain/runState.ts';
import { factsOf } from '../../src/domain/slots.ts';
import { studyRequest } from '../../src/domain/studyRequest.ts';
import { trialId } from '../../src/domain/trialIdentity.ts';
import type { Trial, Values } from '../../src/domain/trials.ts';
import { result, run, trial } from '../domain/runs.ts';

/** Puts a training down under the identity that it has in that run. */
function measure(state: RunState, seed: number, score: number, change: Values = {}, more: Partial<Trial> = {}): void {
  const values = { ...currentValues({ ...state, incumbent: null }), ...change };
  const id = trialId(configFor(state, values, seed, more.share), factsOf(state));
  const number = state.trials.length + 1;
  recordTrial(state, trial({ id, number, purpose: 'noise', values, seed, result: result(score), ...more }));
}
const scores = (seeds: ReturnType<typeof seedsFrom>) => seeds.map(({ seed, score }) => [seed, score]);

test('other seeds of trainings that this run could have made itself are known from earlier runs', () => {
  const earlier = run();
  for (const [seed, score] of [
    [42, 0.6],
    [43, 0.61],
    [44, 0.62],
  ] as const)
    measure(earlier, seed, score);
  // One seed alone, and a share of the rows, say nothing of the noise.
  measure(earlier, 42, 0.7, { LEARNING_RATE: 1e-4 });
  measure(earlier, 43, 0.5, { LEARNING_RATE: 1e-4 }, { share: 0.5 });
  const found = seedsFrom(run(), [earlier]);
  expect(scores(found)).toEqual([
    [42, 0.6],
    [43, 0.61],
    [44, 0.62],
  ]);
  const state = { ...run(), earlierSeeds: found };
  measure(state, 42, 0.6);
  // What this run has trained, or taken over, does not count twice.
  expect(studyRequest(state, null, 1).elsewhere!.map(({ seed }) => seed)).toEqual([43, 44]);
});

test('runs with another loss, other data or other versions say nothing', () => {
  const other = run('LOSS=cosine');
  for (const seed of [42, 43]) measure(other, seed, 0.6);
  expect(seedsFrom(run(), [other])).toEqual([]);
  const newer = run();
  newer.trainer = { ...newer.trainer!, versions: { ...newer.trainer!.versions, torch: '3' } };
  for (const seed of [42, 43]) measure(newer, seed, 0.6);
  expect(seedsFrom(run(), [newer])).toEqual([]);
});

test('they are bounded, since they travel with the run', () => {
  const earlier = run();
  for (let seed = 42; seed < 42 + 2 * MOST_SEEDS; seed += 1) measure(earlier, seed, 0.6);
  expect(seedsFrom(run(), [earlier])).toHaveLength(MOST_SEEDS);
});
