import { expect, test } from '@jest/globals';
import { NOT_STARTED, isHopeless, isShared, isWorthResuming, saysNothing } from '../../src/domain/failures.ts';
import { FAILURE_KINDS } from '../../src/domain/trials.ts';
import type { FailureKind } from '../../src/domain/trials.ts';

const KINDS = Object.keys(FAILURE_KINDS) as FailureKind[];
const ALL = [...KINDS, 'cancelled', 'fenced', 'busy', NOT_STARTED, 'a kind that nobody knows'];

test('a training is resumed after ends that said nothing against it', () => {
  expect(ALL.filter((kind) => isWorthResuming({ kind, facts: {} }))).toEqual(['hang', 'killed', 'cancelled']);
  expect(isWorthResuming({ kind: 'trainer_bug', facts: { exit_code: 1 } })).toBe(true);
  expect(isWorthResuming({ kind: 'data', facts: { exit_code: 1 } })).toBe(false);
});

test('light work is given up at once only where it would fail again', () => {
  expect(ALL.filter(isHopeless)).toEqual([
    'oom',
    'nan',
    'bad_config',
    'data',
    'disk',
    'deadline',
    'pruned',
    'inadmissible',
  ]);
});

test('failures that are not of the work are offered again for as long as it takes', () => {
  expect(ALL.filter(saysNothing)).toEqual(['fenced', 'busy', NOT_STARTED]);
});

test('a run ends at once where every other configuration would fail as the default did', () => {
  expect(KINDS.filter(isShared)).toEqual(['bad_config', 'data', 'disk', 'trainer_bug']);
});
