/** Several commands at once in one trainer, and who goes down with whom. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';
import { config } from '../domain/runs.ts';
import type { Answered, TrainerEvent } from '../../src/training/protocol.ts';
import { TrainerProcess } from '../../src/training/trainerProcess.ts';

let folder: string;
let trainer: TrainerProcess;
let before: string | undefined;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'trainer-'));
  const python = path.join(folder, 'python');
  const fake = path.join(PROJECT_ROOT, 'test', 'training', 'fakeTrainer.mjs');
  writeFileSync(python, `#!/bin/sh\nexec '${process.execPath}' '${fake}'\n`);
  chmodSync(python, 0o755);
  before = process.env['TUNING_PYTHON_BIN'];
  process.env['TUNING_PYTHON_BIN'] = python;
  trainer = new TrainerProcess(pino({ level: 'silent' }), path.join(folder, 'log'), { TUNING_TRAINING_SLOTS: '3' });
});
afterEach(async () => {
  await trainer.shutdown(0);
  if (before === undefined) delete process.env['TUNING_PYTHON_BIN'];
  else process.env['TUNING_PYTHON_BIN'] = before;
  rmSync(folder, { recursive: true });
});

const run = (trial: string, work: string): Answered => ({
  command: 'run',
  trial,
  work,
  dir: folder,
  token: 't',
  config: config().DEFAULT_CONFIG,
  project_dir: folder,
  threads: 1,
});

/** A command under way: its end, and what the trainer said that it was asked. */
function begin(trial: string, work = trial): { end: Promise<string>; asked: Promise<Record<string, unknown>> } {
  let say!: (asked: Record<string, unknown>) => void;
  const asked = new Promise<Record<string, unknown>>((resolve) => (say = resolve));
  const onEvent = (event: TrainerEvent) => {
    if (event.event === 'warning') say(JSON.parse(event.message));
  };
  const end = trainer.request(run(trial, work), onEvent).then(
    () => 'finished',
    (error: { kind: string }) => error.kind,
  );
  return { end, asked };
}

test('the trainer is told how many trainings the worker takes, and a training how many threads it has', async () => {
  expect((await trainer.hello()).slots).toBe(3);
  expect(await begin('ends').asked).toMatchObject({ threads: 1 });
});

test('trainings run side by side; a second command for the same trial waits for the first', async () => {
  const [long, short, again] = ['hangs', 'ends', 'ends'].map((trial) => begin(trial));
  expect([await short!.end, await again!.end]).toEqual(['finished', 'finished']);
  expect(await again!.asked).toMatchObject({ times: 2 });
  await trainer.kill('hangs');
  expect(await long!.end).toBe('cancelled');
});

test('equal trials of two runs run side by side, and one that hangs is ended alone', async () => {
  const [first, second] = ['a/hangs', 'b/hangs'].map((work) => begin('hangs', work));
  expect([await first!.asked, await second!.asked]).toMatchObject([{ times: 1 }, { times: 2 }]);
  await trainer.kill('b/hangs');
  expect(await second!.end).toBe('cancelled');
  await trainer.kill('a/hangs');
  expect(await first!.end).toBe('cancelled');
});

test('a training that hangs is ended alone; after a hung fork each command asks for a fresh process', async () => {
  const [hung, neighbour] = ['hangs', 'ends'].map((trial) => begin(trial));
  await hung!.asked;
  await trainer.kill('hangs', { forkHung: true });
  expect([await hung!.end, await neighbour!.end]).toEqual(['cancelled', 'finished']);
  expect([(await hung!.asked)['fork'], await begin('ends-later').asked]).toEqual([
    undefined,
    expect.objectContaining({ fork: false }),
  ]);
});

test('a trainer that does not answer is ended with all its trainings, and the next command starts another', async () => {
  const pid = (await trainer.hello()).pid;
  const [hung, neighbour] = ['hangs', 'deaf'].map((trial) => begin(trial));
  await neighbour!.asked;
  await trainer.kill('hangs');
  expect([await hung!.end, await neighbour!.end]).toEqual(['killed', 'killed']);
  expect(await begin('ends').end).toBe('finished');
  expect((await trainer.hello()).pid).not.toBe(pid);
});

test('a serving process that was replaced has lost all its trainings', async () => {
  const [first, second] = ['hangs', 'dies'].map((trial) => begin(trial));
  expect([await first!.end, await second!.end]).toEqual(['killed', 'killed']);
});

test('what nobody is doing is not killed', async () => {
  await trainer.hello();
  await trainer.kill('ends');
  expect(await begin('ends').end).toBe('finished');
});
