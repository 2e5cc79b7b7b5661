/** The `.env` file: where `npm run setup-api-key` keeps the key. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { PROJECT_ROOT } from '../projectRoot.ts';

export const ENV_FILE = path.join(PROJECT_ROOT, '.env');

/** Adds the variables of `.env` to this process's environment; what is set already wins. */
export function loadEnvironmentFile(): void {
  let text: string;
  try {
    text = readFileSync(ENV_FILE, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  for (const [name, value] of Object.entries(parseEnv(text)))
    if (process.env[name] === undefined && value !== undefined) process.env[name] = value;
}
