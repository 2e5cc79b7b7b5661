/** A run of a thousand rounds: what it carries and asks stays as large as it is after some hundred, and nothing is lost. */
import { expect, test } from '@jest/globals';
import { takenFrom } from '../../src/domain/archive.ts';
import type { Away } from '../../src/domain/archive.ts';
import { newRun } from '../../src/domain/runState.ts';
import type { StudyRequest } from '../../src/domain/study.ts';
import type { Trial } from '../../src/domain/trials.ts';
import { tellRun } from '../../src/workflows/tuningRun.ts';
import { FACTS, config, result } from '../domain/runs.ts';
import { memoryWorld } from './memoryHost.ts';
import { studyInOrder } from './studyInOrder.ts';

test('a thousand rounds', async () => {
  const settings = config(
    'MAX_PRIORITY_PARAMS=20',
    'ROUNDS_PER_PARAM=50',
    'SEARCH=adaptive',
    'STOP_WHEN=budget',
    'INTERACTIVE_MODE=false',
    'NOISE_SEEDS=0',
    'CONFIRM_SEEDS=0',
  );
  const state = newRun('tune', settings, 0);
  const archived: Trial[] = [];
  const carried: number[] = [];
  const asked: { trainings: number; bytes: number }[] = [];
  let value = 0;
  const world = memoryWorld(
    state,
    {
      studySearch: async ({ study }: { study: StudyRequest }) => {
        value += 1e-7;
        asked.push({ trainings: study.pool - study.left, bytes: JSON.stringify(study).length });
        return studyInOrder(study, {}, { LEARNING_RATE: [1e-6 + value] });
      },
      // Every tenth training is better than all before it.
      trainTrial: async ({ number }) => ({ ...result(number % 10 === 0 ? 0.5 + number / 1e4 : 0.4), at: 'here' }),
      probeTrainer: async () => ({ ...FACTS, at: 'here' }),
      keepRecord: async ({ state: sent, away }: { state: typeof state; away?: Away }) => {
        carried.push(JSON.stringify(sent).length);
        if (away) archived.push(...takenFrom(sent, away).trials);
      },
    },
    () => [],
    () => [],
    5,
  );
  await tellRun(world.host);
  expect(state.status).toBe('completed');
  const rounds = world.trained.length;
  expect(rounds).toBeGreaterThan(1000);

  const numbers = [...archived, ...state.trials].map(({ number }) => number).sort((a, b) => a - b);
  expect(numbers).toEqual(Array.from({ length: rounds }, (_, index) => index + 1));
  expect(state.archived.trials).toBe(archived.length);
  const largest = (sizes: number[]) => Math.max(...sizes);
  const early = asked.filter(({ trainings }) => trainings >= 200 && trainings < 400).map(({ bytes }) => bytes);
  const late = asked.filter(({ trainings }) => trainings >= 800).map(({ bytes }) => bytes);
  expect(largest(late)).toBeLessThan(1.1 * largest(early));
  expect(largest(carried.slice(-4))).toBeLessThan(1.1 * largest(carried.slice(4, 8)));
  const { losers } = world.trained.at(-1)!;
  expect(losers!.length).toBeLessThan(200);
});
