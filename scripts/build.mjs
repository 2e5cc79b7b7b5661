/**
 * `npm run build`: the package as others install it, in dist/: JavaScript, types, and what is read beside them. `npm pack`
 * calls it.
 */
import { cpSync, existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { NODE_BIN, run } from './run-all.mjs';
import { ROOT } from './setup/paths.mjs';

/** Files that are read as they are. */
const READ = ['words/zh', 'dashboard/page'];

const dist = path.join(ROOT, 'dist');
rmSync(dist, { recursive: true, force: true });
const code = await run(path.join(NODE_BIN, 'tsc'), ['-p', 'tsconfig.build.json']);
for (const folder of READ) {
  const from = path.join(ROOT, 'src', folder);
  if (existsSync(from)) cpSync(from, path.join(dist, folder), { recursive: true });
}
process.exitCode = code;
