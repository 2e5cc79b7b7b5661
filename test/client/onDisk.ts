/** Commands as a person types them, on folders of their own, and runs that ended there. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { salvageRunWith } from '../../src/activities/publishing.ts';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';
import { runLayout } from '../../src/training/layout.ts';
import { addTrial, keepOnDisk } from '../activities/stage.ts';
import { run } from '../domain/runs.ts';

export interface Told {
  code: number;
  out: string;
  err: string;
}

/** Where the runs below a folder lie. */
export const modelsIn = (folder: string): string => path.join(folder, 'models');

/** A command with no stack, or against a named server. */
export function commandIn(folder: string, args: string[], environment: Record<string, string> = {}): Promise<Told> {
  const { TEMPORAL_ADDRESS: _address, TEMPORAL_NAMESPACE: _namespace, ...own } = process.env;
  const env = {
    ...own,
    TUNING_STATE_DIR: path.join(folder, 'state'),
    TUNING_OUTPUT_DIR_ROOT: modelsIn(folder),
    ...environment,
  };
  return new Promise((resolve) =>
    execFile(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', 'src/client/main.ts', ...args],
      { cwd: PROJECT_ROOT, env },
      (error, out, err) => resolve({ code: error ? Number(error.code) : 0, out, err }),
    ),
  );
}

/** A run that ended, with its models and its record. */
export async function endedRunIn(folder: string, name: string, score: number, ...set: string[]): Promise<void> {
  const models = modelsIn(folder);
  const state = {
    ...run(`OUTPUT_DIR_ROOT=${models}`, `REPORT_DIR=${path.join(folder, 'reports')}`, ...set),
    run: name,
    phase: 'ended' as const,
    status: 'completed' as const,
    startedAt: Date.parse('2026-01-02T03:04:05Z'),
  };
  const disk = { folder, state, layout: runLayout(models, name) };
  addTrial(disk, 'aaaaaaaaaaaaaaaa', score, { purpose: 'baseline', key: null });
  await new MockActivityEnvironment().run(
    salvageRunWith(async () => 'nowhere'),
    { state },
  );
  await keepOnDisk(state, `tuning-${name}`);
}
