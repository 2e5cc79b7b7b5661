/**
 * Bringing the local stack up and down. It outlives the command that started it, and the next command finds it again.
 */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { said } from '../domain/said.ts';
import { withoutAdviser } from '../processes/adviserEnvironment.ts';
import { whileLocked } from '../processes/lock.mjs';
import { PROJECT_ROOT } from '../projectRoot.ts';
import { LOCAL } from './paths.ts';
import { liveStack, readStackFile } from './stackFile.ts';
import type { StackFile } from './stackFile.ts';
import { DOWN_WITHIN_MS, keptFromRestart, takeDown } from './takeDown.mjs';
import { answers } from './temporalServer.ts';
import { versionOf } from './version.ts';
import type { Version } from './version.ts';

const UP_WITHIN_MS = 60_000;

export interface StackEvents {
  /** It has to be started. */
  onStart?: () => void;
  /** It runs another version than this checkout's and is restarted; trainings checkpoint and go on afterwards. */
  onReplace?: (running: Version, own: Version) => void;
}

/**
 * The running local stack, of this checkout's version: started if there is none, restarted if it is another.
 *
 * @throws RestartRefused when it would have to be restarted and this process lacks its encryption key; Error when the
 *   server does not answer in time; says where the log is.
 */
export async function ensureStack({ onStart = () => {}, onReplace = () => {} }: StackEvents = {}): Promise<StackFile> {
  await replaceOther(onReplace);
  const running = await liveOrGone();
  if (running && (await answers(running.address))) return running;
  if (!running) {
    onStart();
    startSupervisor();
  }
  const deadline = Date.now() + UP_WITHIN_MS;
  while (Date.now() < deadline) {
    const stack = await liveStack();
    if (stack && (await answers(stack.address))) return stack;
    await sleep(100);
  }
  const tail =
    (await readFile(path.join(LOCAL.logs, 'server.out'), 'utf8').catch(() => '')).trim().split('\n').at(-1) ?? '';
  throw new Error(
    said`the local Temporal server did not answer within ${UP_WITHIN_MS / 1000} s${tail ? ` (${tail.slice(0, 200)})` : ''}; logs are in ${path.relative(PROJECT_ROOT, LOCAL.logs)}`,
  );
}

/** Takes a stack of another version down. Of two commands that find it, one does. */
async function replaceOther(onReplace: NonNullable<StackEvents['onReplace']>): Promise<void> {
  const own = await versionOf();
  const isOther = async (): Promise<StackFile | null> => {
    const stack = await liveOrGone();
    return stack && stack.version.digest !== own.digest ? stack : null;
  };
  if (!(await isOther())) return;
  await inTurn(async () => {
    const other = await isOther();
    if (!other) return;
    await refuseWithoutKey();
    await takeDown(LOCAL.stack, { onEnd: () => onReplace(other.version, own) });
  });
}

/** A restart that would leave runs in progress unreadable. The message is for people. */
export class RestartRefused extends Error {}

async function refuseWithoutKey(): Promise<void> {
  const problem = await keptFromRestart(LOCAL.stack, process.env);
  if (problem !== null) throw new RestartRefused(problem);
}

/**
 * Stops the stack so that it comes back with this process's encryption keys.
 *
 * @throws RestartRefused when it has one that this process lacks.
 */
export async function stopForRestart(onEnd: () => void): Promise<void> {
  await inTurn(async () => {
    await refuseWithoutKey();
    await takeDown(LOCAL.stack, { onEnd });
  });
}

/** The running stack; one that is being stopped is waited for until it is gone. */
async function liveOrGone(): Promise<StackFile | null> {
  const deadline = Date.now() + DOWN_WITHIN_MS;
  let stack = await liveStack();
  while (stack?.stopping && Date.now() < deadline) {
    await sleep(200);
    stack = await liveStack();
  }
  return stack;
}

/** Stops supervisor, workers and server, also those whose supervisor was killed. False when nothing ran. */
export async function stopStack(): Promise<boolean> {
  if (!(await readStackFile())) return false;
  return inTurn(() => takeDown(LOCAL.stack));
}

/** One process at a time stops a stack; a second one waits, and finds what the first left. */
const inTurn = <T>(work: () => Promise<T>): Promise<T> => whileLocked(LOCAL.changeLock, work);

/** Starts a supervisor that outlives this process; one that finds another running leaves at once. */
export function startSupervisor(): void {
  mkdirSync(LOCAL.logs, { recursive: true });
  const output = openSync(path.join(LOCAL.logs, 'supervisor.out'), 'a');
  const environment = Object.fromEntries(
    Object.entries(withoutAdviser(process.env)).filter(([name]) => !name.startsWith('npm_')),
  );
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', 'src/local/supervisor.ts'], {
    cwd: PROJECT_ROOT,
    detached: true,
    stdio: ['ignore', output, output],
    env: environment,
  });
  child.unref();
  closeSync(output);
}
