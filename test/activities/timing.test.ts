/** The `timeTraining` activity: with a trainer that answers as the real one does, and with the real one. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { pino } from 'pino';
import { timeTrainingWith } from '../../src/activities/timing.ts';
import type { TimeRequest } from '../../src/domain/contract.ts';
import type { Timing } from '../../src/domain/estimated.ts';
import { TrainerFailure } from '../../src/training/trainerFailure.ts';
import { TrainerProcess } from '../../src/training/trainerProcess.ts';
import { diskRun } from './stage.ts';
import type { DiskRun } from './stage.ts';

let disk: DiskRun;
beforeEach(() => {
  disk = diskRun('STSB_TRAIN_SPLIT=train[:24]', 'STSB_DEV_SPLIT=validation[:20]', 'STSB_TEST_SPLIT=none');
});
afterEach(() => rmSync(disk.folder, { recursive: true }));

const time = (trainer: TrainerProcess, maxSeconds: number | null = null) => {
  const { run, config } = disk.state;
  const request: TimeRequest = { run, config: config.DEFAULT_CONFIG, hangSeconds: 120, maxSeconds, threads: 1 };
  return new MockActivityEnvironment().run(timeTrainingWith(trainer), request) as Promise<{
    timing: Timing;
    seconds: number;
  }>;
};
const nothingIsLeft = () => {
  expect(existsSync(disk.layout.timing)).toBe(false);
  expect(readdirSync(disk.layout.root)).toEqual(['logs']);
};

const answering = (answer: (command: Record<string, unknown>) => unknown) =>
  ({
    hello: async () => {},
    request: async (command: Record<string, unknown>) => answer(command),
  }) as unknown as TrainerProcess;

test('the answer becomes a timing, and its folder is gone however it ends', async () => {
  const timing = {
    seconds_per_step: 0.2,
    fixed_seconds_per_step: 0.3,
    seconds_per_evaluation: 1,
    startup_seconds: 2,
    save_seconds: 0.5,
    steps: 8,
    total_steps: 25,
    seconds: 6,
  };
  const answer = (command: Record<string, unknown>) => {
    expect(command).toMatchObject({ command: 'time', threads: 1, dir: disk.layout.timing });
    expect(existsSync(disk.layout.timing)).toBe(true);
    return { timing };
  };
  expect(await time(answering(answer))).toEqual({
    // What of a step does not depend on its rows is no more than the step.
    timing: { step: 0.2, stepFixed: 0.2, evaluation: 1, startup: 2, save: 0.5, totalSteps: 25, timed: 8 },
    seconds: 6,
  });
  nothingIsLeft();
  const refuse = () => {
    throw new TrainerFailure('oom', 'out of memory');
  };
  await expect(time(answering(refuse))).rejects.toMatchObject({ type: 'oom', nonRetryable: true });
  nothingIsLeft();
  await expect(time(answering(() => ({})))).rejects.toMatchObject({ type: 'trainer_bug', nonRetryable: true });
});

test('the real trainer times the default configuration, and leaves nothing but a log', async () => {
  const trainer = new TrainerProcess(pino({ level: 'silent' }), path.join(disk.folder, 'trainer.log'), {});
  try {
    const { timing, seconds } = await time(trainer);
    expect(timing.totalSteps).toBe(3);
    expect(timing.timed).toBeGreaterThanOrEqual(2);
    for (const part of ['step', 'evaluation', 'startup', 'save'] as const) expect(timing[part]).toBeGreaterThan(0);
    expect(timing.stepFixed).toBeLessThanOrEqual(timing.step);
    expect(seconds).toBeGreaterThan(timing.timed * timing.step);
    nothingIsLeft();
    // It is ended once its time is up.
    await expect(time(trainer, 0.001)).rejects.toMatchObject({ type: 'deadline' });
    nothingIsLeft();
  } finally {
    await trainer.shutdown(0);
  }
}, 240_000);
