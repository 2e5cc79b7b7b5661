/** When a schedule begins a run, and what it calls it. */
import { describe, expect, test } from '@jest/globals';
import { givenNameSchema, runNameSchema } from '../../src/domain/fields.ts';
import { decideScheduled, runNameAt, scheduleIdOf, scheduleOf, skippedSince } from '../../src/domain/scheduled.ts';
import { translated } from '../../src/words/catalogue.ts';

const last = { run: 'nightly-20260101-020000', workflowId: 'tuning-nightly-20260101-020000', data: 'aaaaaaaa1111' };

describe('a run is begun', () => {
  test.each([
    ['the first time', null, 'bbbb', false, 'began', 'it is the first run of this schedule'],
    [
      'when the data changed',
      last,
      'bbbbbbbb2222',
      false,
      'began',
      /the data changed since nightly.*aaaaaaaa then, bbbbbbbb now/,
    ],
    ['each time where that is wanted', last, last.data, true, 'began', /--always.*those of nightly/],
    ['else not', last, last.data, false, 'skipped', /the same as those of nightly-20260101-020000 \(aaaaaaaa\)/],
  ] as const)('%s', (_when, before, data, always, outcome, why) => {
    const decision = decideScheduled(before, data, always);
    expect(decision.outcome).toBe(outcome);
    expect(decision.why).toMatch(why);
    expect(translated(decision.why, 'zh')).toMatch(/\p{Script=Han}/u);
  });

  test('never while its last one is in progress', () => {
    expect(skippedSince(last, true)).toContain('nightly-20260101-020000');
    expect(skippedSince(last, false)).toBeNull();
  });
});

test('a run has the name of its schedule and the second of its start, as a run that a person starts', () => {
  const run = runNameAt('nightly', new Date('2026-01-02T03:04:05.678Z'));
  expect(run).toBe('nightly-20260102-030405');
  expect(runNameSchema.safeParse(runNameAt('n'.repeat(60), new Date(0))).success).toBe(
    givenNameSchema.safeParse('n'.repeat(60)).success,
  );
});

test('a schedule is told from a run by its id', () => {
  expect(scheduleOf(scheduleIdOf('nightly'))).toBe('nightly');
  expect(scheduleOf('tuning-schedule-20260102-030405')).toBeNull();
});
