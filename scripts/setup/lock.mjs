/** One set-up at a time: a second one waits for the first. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PATHS } from './paths.mjs';

const LOCK = path.join(PATHS.state, 'lock');

/** @param {() => Promise<void>} work */
export async function alone(work) {
  mkdirSync(PATHS.state, { recursive: true });
  for (let told = false; !take(); told = true) {
    if (!told) process.stderr.write('  another set-up is running: waiting for it …\n');
    await sleep(500);
  }
  try {
    await work();
  } finally {
    rmSync(LOCK, { force: true });
  }
}

function take() {
  try {
    writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  const holder = Number(readFileSync(LOCK, { encoding: 'utf8', flag: 'a+' }) || 0);
  if (holder && isRunning(holder)) return false;
  rmSync(LOCK, { force: true });
  return false;
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
