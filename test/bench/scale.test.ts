/** The trainer whose trainings sleep speaks the protocol and leaves what a training leaves. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';
import { pythonExecutable } from '../../src/processes/python.ts';
import { TrainerProcess } from '../../src/training/trainerProcess.ts';
import { readResult } from '../../src/training/trialDirectory.ts';
import { config } from '../domain/runs.ts';

const before = process.env['TUNING_PYTHON_BIN'];
afterEach(() => {
  if (before === undefined) delete process.env['TUNING_PYTHON_BIN'];
  else process.env['TUNING_PYTHON_BIN'] = before;
});

test('a training that sleeps', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sleeping-'));
  const dir = path.join(folder, 'a');
  mkdirSync(dir);
  const environment = { SLEEPING_PYTHON: pythonExecutable(), SLEEPING_SECONDS: '0.1', TUNING_TRAINING_SLOTS: '3' };
  process.env['TUNING_PYTHON_BIN'] = path.join(PROJECT_ROOT, 'trainer/benchmarks/sleeping_python.sh');
  const trainer = new TrainerProcess(pino({ level: 'silent' }), path.join(folder, 'log'), environment);
  try {
    expect((await trainer.hello()).slots).toBe(3);
    const { DEFAULT_CONFIG } = config();
    const steps: number[] = [];
    const work = { trial: 'a', config: DEFAULT_CONFIG, project_dir: PROJECT_ROOT };
    const { inspection } = await trainer.request({ command: 'inspect', ...work });
    expect(inspection?.data.splits.dev.rows).toBe(500);
    await trainer.request({ command: 'run', dir, token: 't', ...work }, (event) => {
      if (event.event === 'step') steps.push(event.step);
    });
    expect(steps).toEqual([1, 2, 3, 4]);
    const result = await readResult(dir, 'a');
    expect(result?.score).toBeGreaterThan(0);
    expect(result?.looks).toHaveLength(4);
  } finally {
    await trainer.shutdown(1);
    rmSync(folder, { recursive: true });
  }
}, 30_000);
