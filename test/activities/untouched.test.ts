/** The `scoreUntouched` activity with a trainer that answers as the real one does. */
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { scoreUntouchedWith } from '../../src/activities/untouched.ts';
import { TrainerFailure } from '../../src/training/trainerFailure.ts';
import type { TrainerProcess } from '../../src/training/trainerProcess.ts';
import { diskRun } from './stage.ts';
import type { DiskRun } from './stage.ts';

let disk: DiskRun;
let commands: Record<string, unknown>[];
beforeEach(() => {
  disk = diskRun();
  commands = [];
});
afterEach(() => rmSync(disk.folder, { recursive: true }));

const score = (answer: () => unknown) => {
  const trainer = {
    hello: async () => {},
    request: async (command: Record<string, unknown>) => {
      commands.push(command);
      return answer();
    },
  } as unknown as TrainerProcess;
  const { run, config } = disk.state;
  return new MockActivityEnvironment().run(scoreUntouchedWith(trainer), {
    run,
    config: config.DEFAULT_CONFIG,
    hangSeconds: 60,
  });
};
const evaluation = (scores: Record<string, unknown>) => ({
  evaluation: { split: 'dev', pairs: 100, scores, difference: null, seconds: 1.5 },
});

test("the base model is scored on the dev rows, with the run's own configuration", async () => {
  const answer = () => evaluation({ untouched: { score: 0.66, metrics: { pearson: 0.6 } } });
  expect(await score(answer)).toEqual({ score: 0.66, seconds: 1.5 });
  expect(commands).toEqual([
    expect.objectContaining({
      command: 'evaluate',
      split: 'dev',
      models: [{ name: 'untouched', path: null }],
      config: disk.state.config.DEFAULT_CONFIG,
    }),
  ]);
});

test('an answer without a score, and data that cannot be used, are failures with their kind', async () => {
  await expect(score(() => evaluation({}))).rejects.toMatchObject({ type: 'trainer_bug', nonRetryable: true });
  const refuse = () => {
    throw new TrainerFailure('data', 'no such file');
  };
  await expect(score(refuse)).rejects.toMatchObject({ type: 'data', nonRetryable: true });
});
