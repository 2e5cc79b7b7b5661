import { expect, test } from '@jest/globals';
import { ActivityFailure, CancelledFailure, TimeoutFailure } from '@temporalio/common';
import { describeError, failureOf } from '../../src/workflows/activityErrors.ts';

const failed = (cause: Error) => new ActivityFailure('failed', 'trainTrial', '1', 'TIMEOUT', 'worker', cause);

test('a training that timed out for good counts the seconds that its last heartbeat told', () => {
  const timeout = new TimeoutFailure('activity Heartbeat timeout', { step: 7, trainSeconds: 312.5 }, 'HEARTBEAT');
  expect(failureOf(failed(timeout))).toMatchObject({ kind: 'hang', facts: { train_seconds: 312.5 } });
  expect(failureOf(failed(new TimeoutFailure('never started', null, 'SCHEDULE_TO_START')))).toMatchObject({
    facts: { train_seconds: 0 },
  });
});

test('a cancelled training tells what it cost', () => {
  const cancelled = failed(new CancelledFailure('CANCELLED', [{ train_seconds: 5 }]));
  expect(describeError(cancelled)).toMatchObject({ type: null, details: { train_seconds: 5 } });
  expect(failureOf(cancelled)).toBeNull();
});
