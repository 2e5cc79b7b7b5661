/** A run on the disk for the activities: a folder of its own, trials with models, a state that names them. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { keepRecord } from '../../src/activities/reporting.ts';
import type { RunState } from '../../src/domain/runState.ts';
import { recordTrial } from '../../src/domain/runTrials.ts';
import type { Trial } from '../../src/domain/trials.ts';
import { runLayout } from '../../src/training/layout.ts';
import type { RunLayout } from '../../src/training/layout.ts';
import { result, run, trial } from '../domain/runs.ts';

export interface DiskRun {
  /** Removed by the test. */
  folder: string;
  state: RunState;
  layout: RunLayout;
}

/** A run below a new temporary folder. */
export function diskRun(...set: string[]): DiskRun {
  const folder = mkdtempSync(path.join(tmpdir(), 'run-'));
  const state = run(`OUTPUT_DIR_ROOT=${path.join(folder, 'models')}`, ...set);
  return { folder, state, layout: runLayout(state.config.DEFAULT_CONFIG.OUTPUT_DIR_ROOT, state.run) };
}

/** The result file that the trainer writes. */
export const resultFile = (id: string, score: number) => ({
  v: 1,
  trial: id,
  score,
  metrics: { pearson: score },
  best_step: 25,
  steps: 25,
  train_seconds: 8,
  model_digest: 'ab'.repeat(32),
  attempts: [{ resumed_from: 0 }],
});

/** Adds a finished trial to the state, and its model (`megabytes` of weights) and result to the disk. */
export function addTrial({ state, layout }: DiskRun, id: string, score: number, change: Partial<Trial> = {}): void {
  recordTrial(state, trial({ id, number: state.trials.length + 1, result: result(score), ...change }));
  putTrial(layout, id, score);
}

export function putTrial(layout: RunLayout, id: string, score: number): void {
  const model = path.join(layout.trial(id), 'model');
  mkdirSync(path.join(model, '1_Pooling'), { recursive: true });
  writeFileSync(path.join(model, 'modules.json'), '[]');
  writeFileSync(path.join(model, '1_Pooling', 'config.json'), '{}');
  writeFileSync(path.join(model, 'README.md'), 'the trial');
  writeFileSync(path.join(model, 'model.safetensors'), Buffer.alloc(2 * 1024 * 1024, id));
  writeFileSync(path.join(layout.trial(id), 'result.json'), JSON.stringify(resultFile(id, score)));
}

/** Writes a run's record as the activity does. */
export const keepOnDisk = (state: RunState, workflowId: string): Promise<void> =>
  new MockActivityEnvironment().run(keepRecord, { state, workflowId }) as Promise<void>;
