// @ts-check
/** The environment that another process was started with. */
import { readFileSync } from 'node:fs';

/**
 * It holds secrets: nothing of it may be printed.
 *
 * @param {number} pid
 * @returns {Record<string, string> | null} null where the system does not show it (it is Linux that does, to the owner)
 */
export function environOf(pid) {
  try {
    const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    return Object.fromEntries(
      entries
        .filter((entry) => entry.includes('='))
        .map((entry) => [entry.split('=', 1)[0], entry.replace(/^[^=]*=/, '')]),
    );
  } catch {
    return null;
  }
}
