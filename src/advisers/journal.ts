/**
 * The journal of adviser calls: a reply is on the disk before it is returned, so a crash cannot make a run pay for it
 * twice.
 *
 * One window is left: a worker that dies after the server answered and before the reply is stored asks again. The
 * marker
 * `<callId>.asked`, which is there from the question to the reply, tells of it; the journal of the second call says so.
 */
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import type { Advice, Consultation } from '../activities/contract.ts';
import { runNameSchema } from '../domain/settings.ts';
import { dropLeftovers } from '../processes/leftovers.ts';

const adviceSchema = z.object({
  value: z.unknown(),
  problem: z.string().nullable(),
  raw: z.string(),
  model: z.string(),
  usage: z.object({ promptTokens: z.number(), completionTokens: z.number() }),
});

const entrySchema = z.object({
  callId: z.string(),
  adviser: z.string(),
  askedAt: z.string(),
  answeredAt: z.string(),
  /** Times that this question was sent: above 1 when a worker died between question and reply. */
  asked: z.int(),
  request: z.unknown(),
  advice: adviceSchema,
});
export type JournalEntry = z.infer<typeof entrySchema>;

/** What is stored of a question, and how it is answered when it was not before. */
export interface Journalled<Reply> {
  folder: string;
  consultation: Consultation;
  ask: () => Promise<Advice<Reply>>;
}

/** Answers from the journal, or asks and stores the reply before returning it. */
export async function answerOnce<Reply>({ folder, consultation, ask }: Journalled<Reply>): Promise<Advice<Reply>> {
  const callId = runNameSchema.parse(consultation.callId);
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, `${callId}.json`);
  const marker = path.join(folder, `${callId}.asked`);
  await dropLeftovers(folder, `${callId}.`);
  const stored = await readEntry(file);
  if (stored) {
    await rm(marker, { force: true });
    return stored.advice as Advice<Reply>;
  }
  const asked = Number(await readFile(marker, 'utf8').catch(() => '0')) + 1;
  await writeFileAtomic(marker, String(asked));
  const askedAt = new Date().toISOString();
  const advice = await ask();
  const { context, repair, settings, adviser } = consultation;
  const entry: JournalEntry = {
    callId,
    adviser,
    askedAt,
    answeredAt: new Date().toISOString(),
    asked,
    request: { context, repair, settings },
    advice,
  };
  await writeFileAtomic(file, `${JSON.stringify(entry, null, 2)}\n`, { mode: 0o600 });
  await rm(marker, { force: true });
  return advice;
}

/** One entry; null when there is none. An entry that cannot be read is set aside, and the question is asked again. */
async function readEntry(file: string): Promise<JournalEntry | null> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  try {
    return entrySchema.parse(JSON.parse(text));
  } catch {
    await rename(file, `${file}.unreadable`);
    return null;
  }
}
