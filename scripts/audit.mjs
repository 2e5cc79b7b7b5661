/** `npm run audit`: known vulnerabilities of what the lock files pin; says so when a registry has no audit service. */
import path from 'node:path';
import { mkdirSync } from 'node:fs';
import { t } from '../src/words/catalogue.mjs';
import { VENV_BIN, run } from './run-all.mjs';
import { ensureReady, runScript } from './setup/ensure.mjs';
import { ROOT } from './setup/paths.mjs';

await runScript(async () => {
  await ensureReady();
  const npm = await run('npm', ['audit', '--omit=dev']);
  // In an environment of its own: what audits is no part of the product.
  const own = path.join(ROOT, '.tuning', 'setup', 'audit');
  mkdirSync(path.dirname(own), { recursive: true });
  const ready =
    (await run(path.join(VENV_BIN, 'python'), ['-m', 'venv', own])) === 0 &&
    (await run(path.join(own, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', 'pip-audit'])) === 0;
  const python = ready
    ? await run(path.join(own, 'bin', 'pip-audit'), [
        '--disable-pip',
        '--no-deps',
        '--requirement',
        'trainer/requirements.lock',
      ])
    : 1;
  const said = (code) => (code === 0 ? t`nothing known` : t`see above`);
  process.stdout.write(`npm: ${said(npm)}; Python: ${said(python)}\n`);
  return npm === 0 && python === 0 ? 0 : 1;
});
