/** Where the project lies. */
import { fileURLToPath } from 'node:url';

/** Relative paths in a configuration start here. */
export const PROJECT_ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '');
