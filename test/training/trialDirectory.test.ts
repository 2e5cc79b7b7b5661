import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { end, identityOf, isAlive } from '../../src/processes/identity.ts';
import type { ProcessIdentity } from '../../src/processes/identity.ts';
import { boundedLines } from '../../src/training/lines.ts';
import { runLayout } from '../../src/training/layout.ts';
import { parseEvent } from '../../src/training/protocol.ts';
import {
  DamagedResult,
  attemptsSoFar,
  claim,
  noteHang,
  readResult,
  startOver,
  tidy,
} from '../../src/training/trialDirectory.ts';

interface AttemptsCase {
  what: string;
  lines: (string | object)[];
  seconds: number[];
  interrupted: number;
}
/** Cases that the trainer's tests read, too. */
const ATTEMPTS = JSON.parse(readFileSync(path.join(import.meta.dirname, 'attempts.json'), 'utf8')) as AttemptsCase[];

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'trial-'));
});
afterEach(() => rmSync(dir, { recursive: true }));
const put = (name: string, value: unknown) =>
  writeFileSync(path.join(dir, name), typeof value === 'string' ? value : JSON.stringify(value));
const putLockOf = ({ pid, startTicks, bootId, host }: ProcessIdentity) =>
  put('lock.json', { v: 1, token: 'old', pid, start_ticks: startTicks, boot_id: bootId, host });

describe("a trial's lock", () => {
  test('is taken from a writer that lives, and that writer is ended', async () => {
    const child = spawn('sleep', ['60']);
    const owner = (await identityOf(child.pid!))!;
    putLockOf(owner);
    await claim(dir, 'new');
    expect(await isAlive(owner)).toBe(false);
    expect(JSON.parse(readFileSync(path.join(dir, 'lock.json'), 'utf8')).token).toBe('new');
  });

  test('of a process that only has the same pid is taken without ending it', async () => {
    const child = spawn('sleep', ['60']);
    const owner = (await identityOf(child.pid!))!;
    putLockOf({ ...owner, startTicks: '1' });
    await claim(dir, 'new');
    expect(await isAlive(owner)).toBe(true);
    await end(owner, { graceMs: 1000, group: false });
  });

  test.each(['', '{"half', '{}', '[]'])('that holds %j is taken', async (text) => {
    put('lock.json', text);
    await claim(dir, 'new');
    expect(JSON.parse(readFileSync(path.join(dir, 'lock.json'), 'utf8')).token).toBe('new');
  });

  test('a zombie and a foreign host are not alive here', async () => {
    const self = (await identityOf(process.pid))!;
    expect(await isAlive(self)).toBe(true);
    expect(await isAlive({ ...self, host: `not-${hostname()}` })).toBe(false);
    expect(await isAlive({ ...self, bootId: 'another boot' })).toBe(false);
  });
});

test('a finished trial is tidied, whatever its killed process left', async () => {
  const child = spawn('sleep', ['60']);
  const owner = (await identityOf(child.pid!))!;
  putLockOf(owner);
  ['checkpoints/checkpoint-2', 'model', 'model.new'].forEach((name) =>
    mkdirSync(path.join(dir, name), { recursive: true }),
  );
  ['result.json', 'result.json.77.new', 'lock.json.1234567', 'events.jsonl'].forEach((name) => put(name, ''));
  await tidy(dir);
  expect(readdirSync(dir).sort()).toEqual(['events.jsonl', 'model', 'result.json']);
  expect(await isAlive(owner)).toBe(false);
});

describe("a trial's result", () => {
  const whole = {
    v: 1,
    trial: 't',
    score: 0.5,
    metrics: { pearson: 0.5 },
    best_step: 25,
    steps: 25,
    train_seconds: 9,
    model_digest: 'd',
    attempts: [{ resumed_from: 0 }, { resumed_from: 10 }],
  };
  test('is read, and a trial without one is not done', async () => {
    expect(await readResult(dir, 't')).toBeNull();
    put('result.json', whole);
    expect(await readResult(dir, 't')).toMatchObject({ score: 0.5, attempts: 2, resumedFrom: [10] });
  });

  test('has its looks, its losses and its processor seconds, and none where an earlier release wrote none', async () => {
    const evals = [
      { step: 5, score: 0.3, counts: false },
      { step: 10, score: 0.4, counts: true },
      { step: 20, score: 0.5, counts: true },
    ];
    put('result.json', { ...whole, evals, curve: [{ loss: 3 }, { loss: 2 }, { loss: 1 }], cpu_seconds: 7.5 });
    expect(await readResult(dir, 't')).toMatchObject({
      looks: [
        { step: 10, score: 0.4 },
        { step: 20, score: 0.5 },
      ],
      losses: { first: 3, last: 1 },
      cpuSeconds: 7.5,
    });
    put('result.json', { ...whole, evals: [{ step: 10, score: 0.4 }], curve: [] });
    const before = await readResult(dir, 't');
    expect(before).toMatchObject({ losses: null, cpuSeconds: null });
    expect(before).not.toHaveProperty('looks');
  });

  test('of another trial, changed by somebody or cut off by the disk, is damaged', async () => {
    put('result.json', whole);
    await expect(readResult(dir, 'other')).rejects.toThrow(/damaged \(it is of trial t\)/);
    for (const text of [{ ...whole, score: 'high' }, '{"v":1,"tri', '', '\0\0\0']) {
      put('result.json', text);
      await expect(readResult(dir, 't')).rejects.toBeInstanceOf(DamagedResult);
    }
  });

  test('that counts no more is set aside with its events, and its model goes; twice is once', async () => {
    put('result.json', '{"half');
    put('events.jsonl', 'old\n');
    mkdirSync(path.join(dir, 'model'));
    await startOver(dir, 't', 'it was damaged');
    const once = readdirSync(dir).sort();
    expect(once).toEqual(['events.jsonl', 'events.jsonl.before', 'result.json.before']);
    await startOver(dir, 't', 'it was damaged');
    expect(readdirSync(dir).sort()).toEqual(once);
    put('result.json', whole);
    expect((await readResult(dir, 't'))!.warnings).toEqual(['it was damaged']);
  });

  test('the time until a hang was noticed is counted', async () => {
    const before = Date.now() / 1000;
    put(
      'events.jsonl',
      `${JSON.stringify({ v: 1, seq: 1, t: before - 30, trial: 't', event: 'started', pid: 1, resumed_from: 0, total_steps: 9, rows: { train: 1, dev: 1 } })}\n`,
    );
    await noteHang(dir, 't', 'no progress for 30 s');
    const { seconds, interrupted } = await attemptsSoFar(dir);
    expect([Math.round(seconds) >= 30, interrupted]).toEqual([true, 0]);
  });

  test.each(ATTEMPTS)('of attempts, $what', async ({ lines, seconds, interrupted }) => {
    put('events.jsonl', lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'));
    const total = seconds.reduce((sum, one) => sum + one, 0);
    expect(await attemptsSoFar(dir)).toEqual({ seconds: total, started: seconds.length, interrupted });
  });
});

describe("the trainer's lines", () => {
  const collect = async (chunks: Buffer[], max = 100): Promise<{ lines: string[]; dropped: number[] }> => {
    const dropped: number[] = [];
    const lines: string[] = [];
    for await (const line of boundedLines(Readable.from(chunks), max, (bytes) => dropped.push(bytes))) lines.push(line);
    return { lines, dropped };
  };

  test('are the same however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.string({ maxLength: 60 }).map((line) => line.replaceAll('\n', ' ')),
          { maxLength: 20 },
        ),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
        async (lines, cuts) => {
          const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
          const chunks: Buffer[] = [];
          for (let at = 0, cut = 0; at < bytes.length; cut += 1)
            chunks.push(bytes.subarray(at, (at += cuts[cut % cuts.length]!)));
          expect((await collect(chunks, 1000)).lines).toEqual(lines);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('that are too long are skipped whole, and those behind them are read', async () => {
    const { lines, dropped } = await collect([Buffer.from('a\n'), Buffer.alloc(5000, 120), Buffer.from('\nb\nhalf')]);
    expect(lines).toEqual(['a', 'b']);
    expect(dropped).toEqual([5000]);
  });

  test('of another version of the protocol are nothing', () => {
    expect(parseEvent('{"v":2,"seq":1,"t":1,"event":"progress","trial":"t","step":1,"phase":"x"}')).toBeNull();
  });
});

test.each(['../x', 'a/b', '', '..', '.x', 'a b'])('the run name %j cannot leave its folder', (name) => {
  expect(() => runLayout('models', name)).toThrow();
  expect(() => runLayout('models', 'ok').trial(name)).toThrow();
});
