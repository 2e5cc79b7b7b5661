import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { identityOf } from '../../src/processes/identity.ts';
import type { ProcessIdentity } from '../../src/processes/identity.ts';
import { takeLock, whileLocked } from '../../src/processes/lock.mjs';

let folder: string;
let file: string;
let children: ChildProcess[];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'lock-'));
  file = path.join(folder, 'supervisor.lock');
  children = [];
});
afterEach(() => {
  children.forEach((child) => child.kill('SIGKILL'));
  rmSync(folder, { recursive: true });
});

async function someProcess(): Promise<ProcessIdentity> {
  const child = spawn('sleep', ['60']);
  children.push(child);
  return (await identityOf(child.pid!))!;
}

const dead: ProcessIdentity = { pid: 1, startTicks: 'never', bootId: 'another', host: 'another' };

test.each([
  ['there is none', null],
  ['its holder is dead', JSON.stringify(dead)],
  ['it is half written', '{"pid": 1, "sta'],
  ['it holds a number alone, as that of set-ups before 0.5.0', String(process.pid)],
])('exactly one of many takers gets the lock when %s', async (_name, left) => {
  if (left !== null) writeFileSync(file, left);
  const takers = await Promise.all(Array.from({ length: 12 }, someProcess));
  const got = await Promise.all(takers.map((taker) => takeLock(file, taker)));
  expect(got.filter(Boolean)).toHaveLength(1);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(takers[got.indexOf(true)]);
  expect(readdirSync(folder)).toEqual(['supervisor.lock']);
});

test('a living holder keeps it', async () => {
  const [holder, other] = [await someProcess(), await someProcess()];
  expect(await takeLock(file, holder)).toBe(true);
  expect(await takeLock(file, other)).toBe(false);
});

test('work is done one after the other, and the lock is given back, also after a failure', async () => {
  const seen: string[] = [];
  const work = (name: string) => async () => {
    seen.push(`${name} begins`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    seen.push(`${name} ends`);
    throw new Error(name);
  };
  let waited = 0;
  const both = [work('one'), work('two')].map((one) => whileLocked(file, one, () => (waited += 1)));
  const ends = await Promise.allSettled(both);
  expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(seen[1]!.split(' ')[0]).toBe(seen[0]!.split(' ')[0]);
  expect([waited, readdirSync(folder)]).toEqual([1, []]);
});
