/**
 * `npm run docs:api`: the library's API documentation in docs/api. TypeDoc and the TypeScript that it wants are installed in
 * a folder of their own, by its lock, the first time.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { run } from './run-all.mjs';
import { ROOT } from './setup/paths.mjs';

const folder = path.join(ROOT, 'scripts', 'docs-api');
const typedoc = path.join(folder, 'node_modules', '.bin', 'typedoc');
const installed = existsSync(typedoc) ? 0 : await run('npm', ['ci', '--prefix', folder, '--no-audit', '--no-fund']);
process.exitCode = installed === 0 ? await run(typedoc, ['--options', path.join(ROOT, 'typedoc.json')]) : installed;
