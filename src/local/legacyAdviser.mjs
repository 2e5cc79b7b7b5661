// @ts-check
/**
 * The adviser's key and server of runs that 0.2.0 began: they name neither, and their workers' environment had both. So
 * these are kept when such a stack is taken down.
 *
 * Plain JavaScript without packages: the set-up takes stacks down before it installs anything.
 */
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { workerEnviron } from './encryptionKeys.mjs';

export const LEGACY = 'legacy.json';

/**
 * Keeps them, in a file for its owner's eyes alone; an earlier one stays when the stack has none.
 *
 * @param {any} stack as its file has it, its members still running
 * @param {string} folder of the adviser's keys
 * @returns {Promise<boolean>} false when the system does not tell what the worker has
 */
export async function keepLegacyAdviser(stack, folder) {
  const environ = await workerEnviron(stack);
  if (!environ) return false;
  const apiKey = environ.OPENAI_API_KEY?.trim();
  if (!apiKey) return true;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const file = path.join(folder, LEGACY);
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, `${JSON.stringify({ apiKey, baseUrl: environ.OPENAI_BASE_URL?.trim() || null })}\n`, {
    mode: 0o600,
  });
  renameSync(fresh, file);
  return true;
}

/**
 * @param {string} folder
 * @returns {import('../processes/adviserEnvironment.ts').AdviserEnvironment | null} null when nothing was kept, or
 *   what is there is not it (a parser's words would quote the key)
 */
export function readLegacyAdviser(folder) {
  let text;
  try {
    text = readFileSync(path.join(folder, LEGACY), 'utf8');
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return null;
    throw error;
  }
  try {
    const { apiKey, baseUrl } = JSON.parse(text);
    return typeof apiKey === 'string' ? { apiKey, baseUrl: typeof baseUrl === 'string' ? baseUrl : null } : null;
  } catch {
    return null;
  }
}
