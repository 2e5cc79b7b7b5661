/** Files of the local stack, all under .tuning/. */
import path from 'node:path';
import { IS_PACKAGE, PROJECT_ROOT } from '../projectRoot.ts';

/**
 * TUNING_STATE_DIR moves all of it, so that a second stack can run beside the first. An installed package keeps its state
 * with the application, since an installation is thrown away.
 */
const root = path.resolve(IS_PACKAGE ? process.cwd() : PROJECT_ROOT, process.env['TUNING_STATE_DIR'] ?? '.tuning');

export const LOCAL = {
  root,
  database: path.join(root, 'temporal.db'),
  /** Who supervises, where the server listens; rewritten whenever something of it changes. */
  stack: path.join(root, 'stack.json'),
  /** Ports that it had last, kept over `npm run down`: open browser tabs and remote workers find it again. */
  ports: path.join(root, 'ports.json'),
  /** Held while a stack is stopped or replaced: two commands that want it do it once. */
  changeLock: path.join(root, 'change.lock'),
  /** Keys of runs, one file each; mode 700. */
  adviserKeys: path.join(root, 'adviser-keys'),
  /** Mode 600. */
  dashboardToken: path.join(root, 'dashboard-token'),
  supervisorLock: path.join(root, 'supervisor.lock'),
  logs: path.join(root, 'logs'),
  workflowBundle: (hash: string) => path.join(root, 'workflow-bundles', `${hash}.js`),
} as const;
