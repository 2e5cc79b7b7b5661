/**
 * Bringing the local stack up and down. It outlives the command that started it, and the next command finds it again.
 */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { withoutAdviser } from '../processes/adviserEnvironment.ts';
import { end, isAlive } from '../processes/identity.ts';
import { PROJECT_ROOT } from '../projectRoot.ts';
import { LOCAL } from './paths.ts';
import { liveStack, readStackFile, writeStackFile } from './stackFile.ts';
import type { StackFile } from './stackFile.ts';
import { answers } from './temporalServer.ts';

const UP_WITHIN_MS = 60_000;
/** The supervisor stops workers (which may checkpoint a training) and then the server. */
const DOWN_WITHIN_MS = 60_000;

/**
 * The running local stack, started if there is none.
 *
 * @param onStart - Called when it has to be started.
 * @throws Error when the server does not answer in time; says where the log is.
 */
export async function ensureStack(onStart: () => void = () => {}): Promise<StackFile> {
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
    `the local Temporal server did not answer within ${UP_WITHIN_MS / 1000} s${tail ? ` (${tail.slice(0, 200)})` : ''}; logs are in ${path.relative(PROJECT_ROOT, LOCAL.logs)}`,
  );
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
  const stack = await readStackFile();
  if (!stack) return false;
  const lives = await Promise.all([stack.supervisor, ...stack.members.map(({ identity }) => identity)].map(isAlive));
  if (!lives.includes(true)) return false;
  // Read by workers whose supervisor has to be killed for this: they must not start another one.
  await writeStackFile({ ...stack, stopping: true });
  await end(stack.supervisor, { graceMs: DOWN_WITHIN_MS, group: false });
  for (const { identity } of stack.members.toReversed())
    if (await isAlive(identity)) await end(identity, { graceMs: 1000, group: true });
  await Promise.all([LOCAL.stack, LOCAL.supervisorLock].map((file) => rm(file, { force: true })));
  return true;
}

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
