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

/** Where the program's own modules lie: `src` of a checkout, which Node runs as it is, or `dist` of an installed package. */
export const SOURCE_ROOT = fileURLToPath(new URL('.', import.meta.url)).replace(/[\\/]$/, '');

/** Whether this is an installed package: built, and without the tools of a checkout. */
export const IS_PACKAGE = import.meta.url.endsWith('.js');

/** A module of the program that runs by itself, by its path in `src` without the ending. */
export const moduleFile = (name: string): string => path.join(SOURCE_ROOT, `${name}${IS_PACKAGE ? '.js' : '.ts'}`);
