/** The `.env` file: where `npm run setup-api-key` keeps the key. */
import path from 'node:path';
import { PROJECT_ROOT } from '../projectRoot.ts';
import { readEnvironmentFile } from './envFile.mjs';

export const ENV_FILE = path.join(PROJECT_ROOT, '.env');

/**
 * Adds the variables of `.env` to this process's environment; what is set already wins.
 *
 * @param leaveOut - Variables that are not to be taken from the file.
 */
export function loadEnvironmentFile(leaveOut: (name: string) => boolean = () => false, file = ENV_FILE): void {
  for (const [name, value] of Object.entries(readEnvironmentFile(file)))
    if (process.env[name] === undefined && !leaveOut(name)) process.env[name] = value;
}
