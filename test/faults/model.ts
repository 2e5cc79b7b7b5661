/** A model for tests that train in earnest: real weights, quick to train. */
import path from 'node:path';
import { execa } from 'execa';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';

/** Writes the packaged MiniLM with its first layer only to a folder. */
export async function cutModel(folder: string, environment: Record<string, string> = {}): Promise<void> {
  await execa(path.join(PROJECT_ROOT, '.venv', 'bin', 'python'), ['trainer/tests/cut_model.py', folder], {
    cwd: PROJECT_ROOT,
    env: { PYTHONPATH: path.join(PROJECT_ROOT, 'trainer', 'src'), ...environment },
  });
}
