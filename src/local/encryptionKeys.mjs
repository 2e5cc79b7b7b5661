// @ts-check
/**
 * Which encryption keys a stack has, told by digests, and whether a shell that restarts it has them too.
 *
 * Plain JavaScript without packages: the set-up asks before it takes a stack down.
 */
import { createHash } from 'node:crypto';
import { isAlive } from '../processes/identity.mjs';
import { environOf } from '../processes/environOf.mjs';

const NONE = 'none';
const DIGESTS = /^(none|[0-9a-f]{16}(,[0-9a-f]{16})*)$/;

/**
 * Digests of the keys that an environment names, the one that encrypts first; `none` without keys.
 *
 * @param {NodeJS.ProcessEnv} [environment]
 */
export function keyDigests(environment = process.env) {
  const { TUNING_PAYLOAD_KEY: key = '', TUNING_PAYLOAD_OLD_KEYS: old = '' } = environment;
  const keys = [key, ...old.split(',')].map((one) => one.trim()).filter((one) => one !== '');
  return keys.map((one) => createHash('sha256').update(one).digest('hex').slice(0, 16)).join(',') || NONE;
}

/**
 * Why a running stack must not be restarted from an environment; null when it may.
 *
 * @param {any} stack as its file has it, of any release
 * @param {NodeJS.ProcessEnv} environment with what `.env` adds
 * @returns {Promise<string | null>}
 */
export async function lackedKey(stack, environment) {
  const here = keyDigests(environment).split(',');
  /** @type {string[]} */
  const running = (await digestsOf(stack)).split(',');
  const lacked = running.some((digest) => digest !== NONE && !here.includes(digest));
  return lacked
    ? 'the running stack encrypts with a key that this shell lacks: set TUNING_PAYLOAD_KEY (or put it in .env), or npm run down first'
    : null;
}

/** @param {any} stack */
async function digestsOf(stack) {
  if (DIGESTS.test(stack.encryption ?? '')) return stack.encryption;
  // A release that did not write it in this form: its worker's environment tells, where the system shows it.
  const worker = await workerEnviron(stack);
  return worker ? keyDigests(worker) : NONE;
}

/**
 * The environment of a stack's tuning worker, else of another member that lives; null where it is not shown.
 *
 * @param {any} stack
 */
export async function workerEnviron(stack) {
  const members = [...(stack.members ?? [])].sort(
    (a, b) => Number(b.name === 'worker-tuning') - Number(a.name === 'worker-tuning'),
  );
  for (const { name, identity } of members) {
    if (!name.startsWith('worker-') || !(await isAlive(identity))) continue;
    const environ = environOf(identity.pid);
    if (environ) return environ;
  }
  return null;
}
