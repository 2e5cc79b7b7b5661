/** Where the project lies. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Relative paths in a configuration start here. */
export const PROJECT_ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '');

/** A path as people are told it: from the project on, or whole where it leads out, so that another checkout can use it. */
export function shownPath(full: string): string {
  const inside = path.relative(PROJECT_ROOT, full);
  return inside.startsWith('..') || path.isAbsolute(inside) ? full : inside;
}
