/** Paths as the person meant them: npm runs commands in the project's root. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { PROJECT_ROOT } from '../projectRoot.ts';

/** A path from where the person stands. */
export function fromCaller(file: string): string {
  return path.resolve(process.env['INIT_CWD'] ?? process.cwd(), file);
}

/** A local path becomes one that the worker understands; names such as `sample` and hub ids stay. */
export function existingPath(name: string): string {
  if (existsSync(path.resolve(PROJECT_ROOT, name))) return name;
  const meant = fromCaller(name);
  return existsSync(meant) ? meant : name;
}
