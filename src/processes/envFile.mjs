// @ts-check
/** Reading `.env`, also on a Node that is older than `parseEnv` (20.12): the set-up runs there. */
import { readFileSync } from 'node:fs';
import * as util from 'node:util';

/**
 * @param {string} file
 * @returns {Record<string, string>} nothing when there is no file
 */
export function readEnvironmentFile(file) {
  let text;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return {};
    throw error;
  }
  return /** @type {Record<string, string>} */ ((util.parseEnv ?? plainLines)(text));
}

/**
 * `NAME=value` lines, quotes taken off.
 *
 * @param {string} text
 */
function plainLines(text) {
  const found = text.matchAll(/^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=[ \t]*(?:"([^"\n]*)"|'([^'\n]*)'|([^#\n]*))/gm);
  return Object.fromEntries(
    [...found].map(([, name, ...values]) => [name, (values.find((value) => value !== undefined) ?? '').trim()]),
  );
}
