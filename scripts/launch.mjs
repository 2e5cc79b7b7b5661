/**
 * `npm run <command>`: sets up what is missing, then hands over to src/client/main.ts on the pinned Node.
 *
 * Runs on Node 20 and needs no package.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { ensureReady, runScript } from './setup/ensure.mjs';
import { PATHS, ROOT } from './setup/paths.mjs';

const [command, ...args] = process.argv.slice(2);

await runScript(async () => {
  if (command === 'doctor') return (await import('./doctor.mjs')).doctor(args);
  await ensureReady({ stackComesBack: command !== 'down' });
  if (command === 'setup') {
    process.stderr.write('Everything is installed.\n');
    return 0;
  }
  return handOver([...(command ? [command] : []), ...args]);
});

function handOver(args) {
  const child = spawn(
    PATHS.pinnedNode,
    ['--disable-warning=ExperimentalWarning', path.join(ROOT, 'src', 'client', 'main.ts'), ...args],
    { cwd: ROOT, stdio: 'inherit', env: { NODE_COMPILE_CACHE: PATHS.compileCache, ...process.env } },
  );
  // A terminal sends Ctrl-C to the whole group; the program decides what it means, and this process waits for it.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}
