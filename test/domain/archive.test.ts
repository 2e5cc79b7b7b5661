/** A long run keeps at hand what its rules need, counts the rest, and loses nothing. */
import { describe, expect, test } from '@jest/globals';
import { NOTHING_ARCHIVED } from '../../src/domain/archived.ts';
import { nextNumber, putAway, takenFrom, whatToPutAway, withArchive } from '../../src/domain/archive.ts';
import { languageModelShare } from '../../src/domain/advised.ts';
import { configFor, measured, wasMeasured } from '../../src/domain/configurations.ts';
import { progressOf } from '../../src/domain/progress.ts';
import { carriedOver } from '../../src/domain/runState.ts';
import { freshSeeds } from '../../src/domain/runTrials.ts';
import { factsOf } from '../../src/domain/slots.ts';
import { trialId } from '../../src/domain/trialIdentity.ts';
import type { RunState } from '../../src/domain/runState.ts';
import type { Trial } from '../../src/domain/trials.ts';
import { run, trial, result } from './runs.ts';

/** Trial 1 is the default; a repeat follows each tenth round; scores fall, but for the incumbent, which is trial 7. */
function longRun(trials: number): RunState {
  const state = run();
  for (let number = 1; number <= trials; number += 1) {
    const repeats = number % 10 === 1 && number > 1;
    const of: Trial = {
      ...trial({
        id: `trial-${number}`,
        number,
        purpose: number === 1 ? 'baseline' : repeats ? 'repeat' : 'round',
        proposedBy: number % 3 === 0 ? 'adviser' : 'search',
        values: { LEARNING_RATE: repeats ? number - 1 : number },
        seed: repeats ? 42 + number : 42,
        result:
          number % 25 === 0 ? null : { ...result(number === 7 ? 0.9 : 0.8 - number / 1e4), at: `host-${number % 2}` },
        failure: number % 25 === 0 ? { kind: number % 50 === 0 ? 'pruned' : 'nan', message: 'x', facts: {} } : null,
      }),
      delta: null,
      accepted: number === 7,
    };
    state.trials.push(of);
  }
  state.baseline = 'trial-1';
  state.incumbent = 'trial-7';
  return state;
}

const numbersOf = ({ trials }: Pick<RunState, 'trials'>): number[] => trials.map(({ number }) => number);

describe('what a long run puts away', () => {
  test('is nothing while it is short', () => {
    expect(whatToPutAway(longRun(120))).toBeNull();
  });

  test('is neither the default, the incumbent, the newest nor the best, and all seeds of a configuration go together', () => {
    const state = longRun(400);
    putAway(state, whatToPutAway(state)!);
    const kept = numbersOf(state);
    expect(kept).toEqual(expect.arrayContaining([1, 2, 7, 20, 21, 361, 400]));
    expect(kept.length).toBeLessThan(100);
    for (const { purpose, values } of state.trials.filter(({ purpose: of }) => of === 'repeat'))
      expect([purpose, kept.includes(values['LEARNING_RATE'] as number)]).toEqual(['repeat', true]);
    expect(whatToPutAway(state)).toBeNull();
  });

  test('is counted as before, and the next training has its number and its seed', () => {
    const state = longRun(400);
    const before = progressOf(state);
    const [number, seeds] = [nextNumber(state), freshSeeds(state, 2)];
    putAway(state, whatToPutAway(state)!);
    const { lastTrial: _, anytime: __, ...told } = progressOf(state);
    expect(told).toEqual({ ...before, lastTrial: undefined, anytime: undefined });
    expect([nextNumber(state), freshSeeds(state, 2)]).toEqual([number, seeds]);
    expect(state.archived.places.sort()).toEqual(['host-0', 'host-1']);
  });

  test('is found again in the archive, whether it was forgotten since or not', () => {
    const state = longRun(400);
    state.notes = Array.from({ length: 130 }, (_, index) => `note ${index}`);
    const whole = structuredClone(state);
    const away = whatToPutAway(state)!;
    const archive = takenFrom(state, away);
    expect(withArchive(state, archive)).toEqual(whole);
    putAway(state, away);
    expect(state.notes).toHaveLength(50);
    expect(withArchive(state, archive)).toEqual(whole);
  });

  test('is told as missing where the archive lies on another machine', () => {
    const state = longRun(400);
    putAway(state, whatToPutAway(state)!);
    const there = withArchive(state, { trials: [], notes: [], decisions: [], refusals: [] });
    expect(there.archived).toEqual({ ...NOTHING_ARCHIVED, trials: 400 - state.trials.length });
  });

  test('is not asked for again', () => {
    const state = longRun(400);
    for (const trial of state.trials) trial.id = trialId(configFor(state, trial.values), factsOf(state));
    state.incumbent = state.trials[6]!.id;
    const away = whatToPutAway(state)!;
    const [some] = takenFrom(state, away).trials;
    putAway(state, away);
    expect(measured(state, some!.values)).toBeNull();
    expect(wasMeasured(state, some!.values)).toBe(true);
    expect(wasMeasured(state, { LEARNING_RATE: 0.123 })).toBe(false);
  });

  test('is what no namesake has: a fork that left numbers out goes on after the largest', () => {
    const state = longRun(5);
    state.trials.splice(1, 2);
    expect(nextNumber(state)).toBe(6);
  });

  test('keeps what came of the proposals of each', () => {
    const state = longRun(400);
    state.adviser = { kind: 'openai', model: 'm', note: '' };
    const before = languageModelShare(state);
    putAway(state, whatToPutAway(state)!);
    expect(languageModelShare(state)).toEqual(before);
  });

  test('is nothing in a state that an earlier release carried over', () => {
    const { archived: _, ...before } = longRun(3);
    expect(carriedOver(before as RunState).archived).toEqual(NOTHING_ARCHIVED);
  });
});
