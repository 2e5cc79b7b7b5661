/** A trial's directory (docs/trainer-protocol.md): its result, its lock, and what its attempts cost. */
import { appendFile, lstat, mkdir, readFile, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { said } from '../domain/said.ts';
import { end, isAlive } from '../processes/identity.ts';
import type { ProcessIdentity } from '../processes/identity.ts';
import { jsonLines } from '../processes/jsonLines.ts';
import { dropLeftovers } from '../processes/leftovers.ts';
import { readIfThere } from '../processes/readIfThere.ts';
import type { TrialResult } from '../domain/trials.ts';
import type { RunLayout } from './layout.ts';
import { PROTOCOL_VERSION, eventSchema } from './protocol.ts';
import type { TrainerEvent } from './protocol.ts';

const resultSchema = z.object({
  v: z.literal(1),
  trial: z.string(),
  score: z.number(),
  best_step: z.int(),
  steps: z.int(),
  train_seconds: z.number(),
  model_digest: z.string(),
  attempts: z.array(z.object({ resumed_from: z.int() })),
  // Below: what earlier releases did not write, or wrote otherwise: before 0.6.0 there was one figure beside the score.
  metrics: z.record(z.string(), z.number().nullable()).optional(),
  pearson: z.number().nullish(),
  evals: z.array(z.object({ step: z.int(), score: z.number(), counts: z.boolean().optional() })).catch([]),
  curve: z.array(z.object({ loss: z.number() })).catch([]),
  cpu_seconds: z.number().nullable().catch(null),
  from: z.string().nullish(),
});

const lockSchema = z.object({
  token: z.string(),
  pid: z.int().nullable(),
  start_ticks: z.union([z.string(), z.number()]).nullable(),
  boot_id: z.string().nullable(),
  host: z.string().nullable(),
});

/**
 * A result that cannot be read: it is written whole and durably, so the disk or somebody changed it since.
 */
export class DamagedResult extends Error {
  readonly file: string;
  readonly why: string;

  constructor(file: string, why: string) {
    super(said`${file} is damaged (${why})`);
    this.name = 'DamagedResult';
    this.file = file;
    this.why = why;
  }
}

/**
 * The result of a finished trial, or null. Its existence means that the trial is done.
 *
 * @throws DamagedResult when the file is there but is not a result of this trial.
 */
export async function readResult(dir: string, trial: string): Promise<TrialResult | null> {
  const file = path.join(dir, 'result.json');
  const data = await parseResult(file, trial);
  if (data === null) return null;
  const from = data.from ?? null;
  const told = from === null ? (await readEvents(dir)).filter((event) => event.event === 'warning') : [];
  const warnings = told.map((event) => event.message);
  return {
    score: data.score,
    metrics: data.metrics ?? { pearson: data.pearson ?? null },
    bestStep: data.best_step,
    steps: data.steps,
    // Another run has paid for it.
    trainSeconds: from === null ? data.train_seconds : 0,
    modelDigest: data.model_digest,
    attempts: data.attempts.length,
    resumedFrom: data.attempts.slice(1).map((attempt) => attempt.resumed_from),
    warnings: [...new Set(warnings)].slice(0, 10),
    ...looksOf(data),
    losses: lossesOf(data),
    cpuSeconds: data.cpu_seconds,
    from,
  };
}

type ResultFile = z.infer<typeof resultSchema>;

/** Before 0.4.0 nothing says which evaluations counted. */
function looksOf({ evals }: ResultFile): Pick<TrialResult, 'looks'> {
  if (!evals.some(({ counts }) => counts !== undefined)) return {};
  return { looks: evals.filter(({ counts }) => counts).map(({ step, score }) => ({ step, score })) };
}

function lossesOf({ curve }: ResultFile): TrialResult['losses'] {
  const [first, last] = [curve.at(0), curve.at(-1)];
  return first && last ? { first: first.loss, last: last.loss } : null;
}

async function parseResult(file: string, trial: string): Promise<ResultFile | null> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    if (code === 'EISDIR') throw new DamagedResult(file, said`it is a folder`);
    throw error;
  }
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    throw new DamagedResult(file, said`it is no JSON`);
  }
  const parsed = resultSchema.safeParse(raw);
  if (!parsed.success) throw new DamagedResult(file, said`it is no result`);
  if (parsed.data.trial !== trial) throw new DamagedResult(file, said`it is of trial ${parsed.data.trial}`);
  return parsed.data;
}

/**
 * Makes the trial one that has not been trained: its model goes, since nothing vouches for it; result and events are
 * set aside under another name; the reason becomes a warning of the training to come. The result leaves last, so a
 * process that dies in between finds the same again.
 */
export async function startOver(dir: string, trial: string, why: string): Promise<void> {
  await tidy(dir);
  await rm(path.join(dir, 'model'), { recursive: true, force: true });
  await setAside(path.join(dir, 'events.jsonl'));
  const warning: TrainerEvent = { ...head(trial), event: 'warning', code: 'result', message: why };
  await appendFile(path.join(dir, 'events.jsonl'), `${JSON.stringify(warning)}\n`);
  await setAside(path.join(dir, 'result.json'));
}

async function setAside(file: string): Promise<void> {
  const aside = `${file}.before`;
  if ((await lstat(file).catch(() => null)) === null) return;
  await rm(aside, { recursive: true, force: true });
  await rename(file, aside);
}

const head = (trial: string) => ({ v: PROTOCOL_VERSION, seq: 0, t: Date.now() / 1000, trial }) as const;

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

/** Whether the lock still names this token: nobody has claimed the trial since. */
export const holds = async (dir: string, token: string): Promise<boolean> => (await readLock(dir))?.token === token;

/**
 * Removes what a trial that is over, finished or failed for good, needs no more: nothing is left to resume or to lock.
 */
export async function tidy(dir: string): Promise<void> {
  await endWriter(await readLock(dir));
  await rm(path.join(dir, 'checkpoints'), { recursive: true, force: true });
  await rm(path.join(dir, 'lock.json'), { force: true });
  await dropLeftovers(dir);
}

/** The same for every trial of a run that is over. */
export async function tidyAll({ trial, trials }: RunLayout): Promise<void> {
  for (const id of await trialIds(trials)) await tidy(trial(id));
}

/** Whether a training of the run still writes on this machine. */
export async function isBeingWritten({ trial, trials }: RunLayout): Promise<boolean> {
  for (const id of await trialIds(trials)) {
    const owner = ownerIn(await readLock(trial(id)));
    if (owner && (await isAlive(owner))) return true;
  }
  return false;
}

async function trialIds(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

type Lock = z.infer<typeof lockSchema>;

/** Null when there is none, or one that was cut off: its writer is fenced by the next one's token all the same. */
async function readLock(dir: string): Promise<Lock | null> {
  try {
    return lockSchema.safeParse(JSON.parse(await readFile(path.join(dir, 'lock.json'), 'utf8'))).data ?? null;
  } catch {
    return null;
  }
}

async function endWriter(lock: Lock | null): Promise<void> {
  const owner = ownerIn(lock);
  if (owner && (await isAlive(owner))) await end(owner, { graceMs: 0, group: false });
}

function ownerIn(lock: Lock | null): ProcessIdentity | null {
  if (!lock) return null;
  const { pid, start_ticks, boot_id, host } = lock;
  if (pid === null || start_ticks === null || boot_id === null || host === null) return null;
  return { pid, startTicks: String(start_ticks), bootId: boot_id, host };
}

/** Records the end of an attempt whose trainer could not, so that the time until then is counted. */
export async function noteHang(dir: string, trial: string, message: string): Promise<void> {
  const event: TrainerEvent = { ...head(trial), event: 'failed', kind: 'hang', message, facts: {} };
  await appendFile(path.join(dir, 'events.jsonl'), `${JSON.stringify(event)}\n`);
}

/**
 * Tells something of a trial in its warnings. Its time is that of the event before it: between attempts nothing is
 * trained, and their seconds are counted from these times.
 */
export async function noteWarning(dir: string, trial: string, code: string, message: string): Promise<void> {
  const { t = Date.now() / 1000 } = (await readEvents(dir)).at(-1) ?? {};
  const event: TrainerEvent = { ...head(trial), t, event: 'warning', code, message };
  await appendFile(path.join(dir, 'events.jsonl'), `${JSON.stringify(event)}\n`);
}

/** Every readable event of all attempts; half a line at the end of a killed attempt is left out. */
export async function readEvents(dir: string): Promise<TrainerEvent[]> {
  return jsonLines((await readIfThere(path.join(dir, 'events.jsonl'))) ?? '', eventSchema);
}

/**
 * What the attempts of a trial cost so far: wall seconds from each start to its last sign of life, and how many were
 * cut off. `attempts` in the trainer's events.py has the same rule; one file of cases holds both to it.
 */
export async function attemptsSoFar(dir: string): Promise<{ seconds: number; started: number; interrupted: number }> {
  const ended: { seconds: number; cutOff: boolean }[] = [];
  let from: number | null = null;
  let last = 0;
  const close = (cutOff: boolean): void => {
    if (from !== null) ended.push({ seconds: Math.max(0, last - from), cutOff });
    from = null;
  };
  for (const event of await readEvents(dir)) {
    if (event.event === 'started') {
      close(true);
      from = event.t;
    }
    last = event.t;
    if (event.event === 'failed' || event.event === 'finished') close(false);
  }
  close(true);
  return {
    seconds: ended.reduce((sum, { seconds }) => sum + seconds, 0),
    started: ended.length,
    interrupted: ended.filter(({ cutOff }) => cutOff).length,
  };
}
