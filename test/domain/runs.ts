/** Small runs for tests: configurations, trainer facts, trials. */
import { resolveConfig } from '../../src/config/resolve.ts';
import type { Timing } from '../../src/domain/estimated.ts';
import { newRun } from '../../src/domain/runState.ts';
import type { RunState } from '../../src/domain/runState.ts';
import { recordTrial } from '../../src/domain/runTrials.ts';
import type { TuningConfig } from '../../src/domain/settings.ts';
import type { TrainerFacts } from '../../src/domain/trainerFacts.ts';
import type { Trial, TrialResult } from '../../src/domain/trials.ts';

export const FACTS: TrainerFacts = {
  versions: { torch: '2', trainer: '0.1.0' },
  device: { type: 'cpu', name: 'test', count: 1, memory_mb: null },
  precisions: ['fp32'],
  threads: 2,
  inspection: {
    data: {
      fingerprint: 'data',
      source: 'sample',
      splits: {
        train: { rows: 200, name: 'train[:200]' },
        dev: { rows: 100, name: 'validation[:100]' },
        test: { rows: 500, name: 'test' },
      },
      warnings: [],
    },
    model: { source: 'package', path: '/model', fingerprint: 'weights' },
  },
};

/** As a mini-training of the 25 steps of `result` would say. */
export const TIMING: Timing = {
  step: 0.2,
  stepFixed: 0.08,
  evaluation: 0.4,
  startup: 0.5,
  save: 0.3,
  totalSteps: 25,
  timed: 8,
};

export function config(...set: string[]): TuningConfig {
  return resolveConfig({ set });
}

/** As releases before 0.4.0 began runs. */
export const earlierConfig = (...set: string[]): TuningConfig => config('CONFIRM_SEEDS=0', 'PUBLISH=best', ...set);

export function run(...set: string[]): RunState {
  return {
    ...newRun('tune-20260101-000000', config(...set), 0),
    trainer: FACTS,
    adviser: { kind: 'local', model: 'test', note: 'test' },
  };
}

/** Of an own training: an RMSE, which is minimised, tuned over two keys of its own. */
export function pluginConfig(...set: string[]): TuningConfig {
  return config(
    'TRAINER=my_training.py',
    'METRIC={name: RMSE, direction: minimize, unit: m}',
    'C=1',
    'kernel=rbf',
    'TUNABLE_KEYS={C: {type: float, min: 0.01, max: 100, scale: log}, kernel: {type: categorical, choices: [rbf, linear]}}',
    ...set,
  );
}

export function pluginRun(...set: string[]): RunState {
  const rows = (name: string) => ({ rows: 0, name });
  const data = { fingerprint: 'files', source: 'my_training.py', warnings: [] };
  return {
    ...newRun('tune-20260101-000000', pluginConfig(...set), 0),
    trainer: {
      ...FACTS,
      inspection: {
        data: { ...data, splits: { train: rows('train'), dev: rows('dev'), test: null } },
        model: { source: 'plugin', path: '/my_training.py', fingerprint: 'code' },
      },
    },
    adviser: { kind: 'local', model: 'test', note: 'test' },
  };
}

export const result = (score: number): TrialResult => ({
  score,
  metrics: { pearson: score },
  bestStep: 25,
  steps: 25,
  trainSeconds: 8,
  modelDigest: 'ab'.repeat(32),
  attempts: 1,
  resumedFrom: [],
  warnings: [],
});

export function trial(change: Partial<Trial>): Omit<Trial, 'delta' | 'accepted'> {
  return {
    id: 'aaaaaaaaaaaaaaaa',
    number: 1,
    purpose: 'round',
    key: 'LEARNING_RATE',
    round: 1,
    seed: 42,
    values: {},
    proposedBy: 'adviser',
    reason: null,
    remedies: [],
    result: null,
    failure: null,
    ...change,
  };
}

/** Trains on until the run has so many trainings, each of another rate and none better than the one before. */
export function recordTrainings(state: RunState, trainings: number): void {
  for (let number = state.archived.trials + state.trials.length + 1; number <= trainings; number += 1)
    recordTrial(
      state,
      trial({
        id: `trial-${number}`,
        number,
        purpose: number === 1 ? 'baseline' : 'round',
        values: { LEARNING_RATE: number / 1e6 },
        result: result(0.7 - number / 1e4),
      }),
    );
}
