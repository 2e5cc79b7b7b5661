/** One set-up at a time: a second one waits for the first. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { whileLocked } from '../../src/processes/lock.mjs';
import { t } from '../../src/words/catalogue.mjs';
import { PATHS } from './paths.mjs';

const LOCK = path.join(PATHS.state, 'lock');

/** @param {() => Promise<void>} work */
export async function alone(work) {
  mkdirSync(PATHS.state, { recursive: true });
  await whileLocked(LOCK, work, () => process.stderr.write(`  ${t`another set-up is running: waiting for it …`}\n`));
}
