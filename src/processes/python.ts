/** The trainer's Python: which executable, and which environment it gets. */
import path from 'node:path';
import { existsSync } from 'node:fs';
import { said } from '../domain/said.ts';
import { SECRET_NAME } from '../domain/secretName.ts';
import { PROJECT_ROOT } from '../projectRoot.ts';

/** The interpreter of `.venv`, or the one that TUNING_PYTHON_BIN names (a container has its packages elsewhere). */
export function pythonExecutable(): string {
  const chosen = process.env['TUNING_PYTHON_BIN'];
  if (chosen) return chosen;
  const inside = process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python'];
  const executable = path.join(PROJECT_ROOT, '.venv', ...inside);
  if (!existsSync(executable)) throw new Error(said`.venv is missing: run \`npm run setup\``);
  return executable;
}

/**
 * Environment of the trainer: everything but secrets (HF_TOKEN apart, which gated downloads need), and where its
 * package lies.
 */
export function pythonEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name, value]) => value !== undefined && (!SECRET_NAME.test(name) || name === 'HF_TOKEN'),
  );
  return {
    ...(Object.fromEntries(kept) as Record<string, string>),
    PYTHONPATH: path.join(PROJECT_ROOT, 'trainer', 'src'),
    PYTHONUNBUFFERED: '1',
    TOKENIZERS_PARALLELISM: 'false',
  };
}
