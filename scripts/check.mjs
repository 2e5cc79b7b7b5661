/** `npm run lint`, `npm run format` and `npm run typecheck`. */
import path from 'node:path';
import { t } from '../src/words/catalogue.mjs';
import { NODE_BIN, VENV_BIN, runAll } from './run-all.mjs';
import { ensureReady, runScript } from './setup/ensure.mjs';
import { UsageProblem } from './setup/problem.mjs';

const node = (name) => path.join(NODE_BIN, name);
const python = (name) => path.join(VENV_BIN, name);
const FORMATTED = [
  'src/**/*.ts',
  'src/**/*.mjs',
  'test/**/*.ts',
  'test/**/*.mjs',
  'scripts/**/*.ts',
  'scripts/**/*.mjs',
  'examples/**/*.mjs',
  '*.mjs',
  '.dependency-cruiser.cjs',
  '.oxlintrc.json',
];
const CHECKS = {
  lint: [
    [node('oxfmt'), ['--check', ...FORMATTED]],
    [node('oxlint'), ['--deny-warnings', 'src', 'test', 'scripts', 'examples']],
    [node('depcruise'), ['--config', '.dependency-cruiser.cjs', 'src']],
    [python('ruff'), ['check', 'trainer']],
    [python('ruff'), ['format', '--check', '-q', 'trainer']],
  ],
  format: [
    [node('oxfmt'), FORMATTED],
    [python('ruff'), ['format', '-q', 'trainer']],
  ],
  types: [
    [node('tsc'), ['--noEmit', '-p', '.']],
    [node('tsc'), ['--noEmit', '-p', 'tsconfig.page.json']],
    [python('mypy'), ['--config-file', 'trainer/pyproject.toml', 'trainer/src']],
  ],
};

await runScript(async ([name]) => {
  const checks = CHECKS[name];
  if (!checks) throw new UsageProblem(t`Usage: ${`node scripts/check.mjs ${Object.keys(CHECKS).join(' | ')}`}`);
  await ensureReady({ dev: true });
  const codes = await runAll(checks);
  return codes.every((code) => code === 0) ? 0 : 1;
});
