/** A trial's directory (docs/trainer-protocol.md): its result, its lock, and what its attempts cost. */
import { appendFile, mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { end, isAlive } from '../processes/identity.ts';
import { dropLeftovers } from '../processes/leftovers.ts';
import type { TrialResult } from '../domain/trials.ts';
import { PROTOCOL_VERSION, eventSchema } from './protocol.ts';
import type { TrainerEvent } from './protocol.ts';

const resultSchema = z.object({
  v: z.literal(1),
  trial: z.string(),
  score: z.number(),
  pearson: z.number().nullable(),
  best_step: z.int(),
  steps: z.int(),
  train_seconds: z.number(),
  model_digest: z.string(),
  attempts: z.array(z.object({ resumed_from: z.int() })),
});

const lockSchema = z.object({
  token: z.string(),
  pid: z.int().nullable(),
  start_ticks: z.union([z.string(), z.number()]).nullable(),
  boot_id: z.string().nullable(),
  host: z.string().nullable(),
});

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * The result of a finished trial, or null. Its existence means that the trial is done.
 *
 * @throws Error when the file is there but is not a result: it is written atomically, so somebody changed it.
 */
export async function readResult(dir: string, trial: string): Promise<TrialResult | null> {
  const raw = await readJson(path.join(dir, 'result.json'));
  if (raw === null) return null;
  const parsed = resultSchema.safeParse(raw);
  if (!parsed.success || parsed.data.trial !== trial)
    throw new Error(
      `${path.join(dir, 'result.json')} is not the result of trial ${trial}; remove it to train the trial again`,
    );
  const { data } = parsed;
  const warnings = (await readEvents(dir)).filter((event) => event.event === 'warning').map((event) => event.message);
  return {
    score: data.score,
    pearson: data.pearson,
    bestStep: data.best_step,
    steps: data.steps,
    trainSeconds: data.train_seconds,
    modelDigest: data.model_digest,
    attempts: data.attempts.length,
    resumedFrom: data.attempts.slice(1).map((attempt) => attempt.resumed_from),
    warnings: [...new Set(warnings)].slice(0, 10),
  };
}

/**
 * Makes this attempt the trial's only writer: ends a writer that still lives, then writes the lock with a new token.
 *
 * A writer on another host cannot be ended from here; it stops by itself when it finds another token in the lock.
 */
export async function claim(dir: string, token: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  const before = await readLock(dir);
  await writeFileAtomic(
    path.join(dir, 'lock.json'),
    JSON.stringify({ v: 1, token, pid: null, start_ticks: null, boot_id: null, host: null }),
  );
  await endWriter(before);
  await dropLeftovers(dir);
}

/**
 * Removes what a trial that is over, finished or failed for good, needs no more: nothing is left to resume or to lock.
 */
export async function tidy(dir: string): Promise<void> {
  await endWriter(await readLock(dir));
  await rm(path.join(dir, 'checkpoints'), { recursive: true, force: true });
  await rm(path.join(dir, 'lock.json'), { force: true });
  await dropLeftovers(dir);
}

type Lock = z.infer<typeof lockSchema>;

async function readLock(dir: string): Promise<Lock | null> {
  return lockSchema.safeParse(await readJson(path.join(dir, 'lock.json')).catch(() => null)).data ?? null;
}

async function endWriter(lock: Lock | null): Promise<void> {
  if (!lock) return;
  const { pid, start_ticks, boot_id, host } = lock;
  if (pid === null || start_ticks === null || boot_id === null || host === null) return;
  const owner = { pid, startTicks: String(start_ticks), bootId: boot_id, host };
  if (await isAlive(owner)) await end(owner, { graceMs: 0, group: false });
}

/** Records the end of an attempt whose trainer could not, so that the time until then is counted. */
export async function noteHang(dir: string, trial: string, message: string): Promise<void> {
  const event: TrainerEvent = {
    v: PROTOCOL_VERSION,
    seq: 0,
    t: Date.now() / 1000,
    event: 'failed',
    trial,
    kind: 'hang',
    message,
    facts: {},
  };
  await appendFile(path.join(dir, 'events.jsonl'), `${JSON.stringify(event)}\n`);
}

/** Every readable event of all attempts; half a line at the end of a killed attempt is left out. */
export async function readEvents(dir: string): Promise<TrainerEvent[]> {
  const text = await readFile(path.join(dir, 'events.jsonl'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return text.split('\n').flatMap((line) => {
    try {
      const parsed = eventSchema.safeParse(JSON.parse(line));
      return parsed.success ? [parsed.data] : [];
    } catch {
      return [];
    }
  });
}

/**
 * What the attempts of a trial cost so far: wall seconds from each start to its last sign of life, and how many were
 * cut off.
 */
export async function attemptsSoFar(dir: string): Promise<{ seconds: number; started: number; interrupted: number }> {
  let seconds = 0;
  let started = 0;
  let interrupted = 0;
  let from: number | null = null;
  let last = 0;
  for (const event of await readEvents(dir)) {
    if (event.event === 'started') {
      if (from !== null) {
        seconds += last - from;
        interrupted += 1;
      }
      from = event.t;
      started += 1;
    }
    last = event.t;
    if ((event.event === 'failed' || event.event === 'finished') && from !== null) {
      seconds += last - from;
      from = null;
    }
  }
  if (from !== null) {
    seconds += last - from;
    interrupted += 1;
  }
  return { seconds, started, interrupted };
}
