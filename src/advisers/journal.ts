/**
 * The journal of adviser calls: a reply is on the disk before it is returned, so a crash cannot make a run pay for it
 * twice.
 *
 * One window is left: a worker that dies after the server answered and before the reply is stored asks again. The
 * marker
 * `<callId>.asked`, which is there from the question to the reply, tells of it; the journal of the second call says so.
 * The marker holds the question's account as well, so that attempts without a reply are counted, whoever makes the next.
 */
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';
import type { Advice, Call, Consultation } from '../domain/contract.ts';
import { runNameSchema } from '../domain/fields.ts';
import type { CallUsage } from '../domain/usage.ts';
import { dropLeftovers } from '../processes/leftovers.ts';
import { readIfThere } from '../processes/readIfThere.ts';
import { NOTHING_USED, openAccount } from './account.ts';
import type { Account } from './account.ts';

const usageSchema = z.object({
  promptTokens: z.number(),
  completionTokens: z.number(),
  replies: z.number().optional(),
  attempts: z.number().optional(),
  assumedTokens: z.number().optional(),
  timeOuts: z.number().optional(),
});

/** A marker's count is whole, but for what was not counted before 0.4.0. */
const usedSchema = usageSchema.required().extend({ timeOuts: z.number().default(0) });

/** Release 0.2.0 wrote the number alone. */
const markerSchema = z.union([
  z.object({ asked: z.int().min(0), used: usedSchema }),
  z
    .int()
    .min(0)
    .transform((asked) => ({ asked, used: NOTHING_USED })),
]);
type Marker = z.infer<typeof markerSchema>;

const adviceSchema = z.object({
  value: z.unknown(),
  problem: z.string().nullable(),
  raw: z.string(),
  model: z.string(),
  cut: z.boolean().optional(),
  usage: usageSchema,
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
  consultation: Call & Partial<Consultation>;
  ask: (account: Account) => Promise<Advice<Reply>>;
  /** Brings the entry that another host has stored into the folder. `here`: times that the question was put from here. */
  recall?: (file: string, here: number) => Promise<void>;
  /** Shows an entry that is here to other hosts; before the reply is returned. */
  share?: () => Promise<void>;
}

/**
 * Answers from the journal, or asks and stores the reply before returning it.
 *
 * @throws What `ask` throws; an ApplicationFailure carries `{usage}`: what all attempts so far have used.
 */
export async function answerOnce<Reply>({
  folder,
  consultation,
  ask,
  recall,
  share,
}: Journalled<Reply>): Promise<Advice<Reply>> {
  const callId = runNameSchema.parse(consultation.callId);
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, `${callId}.json`);
  const marker = path.join(folder, `${callId}.asked`);
  await dropLeftovers(folder, `${callId}.`);
  const earlier = await readMarker(marker);
  let stored = await readEntry(file);
  if (!stored && recall) {
    await recall(file, earlier.asked);
    stored = await readEntry(file);
  }
  if (stored) {
    await share?.();
    await rm(marker, { force: true });
    return stored.advice as Advice<Reply>;
  }
  const { context, repair, settings, budget, adviser = 'openai' } = consultation;
  const asked = earlier.asked + 1;
  const save = (used: Marker['used']) => writeFileAtomic(marker, JSON.stringify({ asked, used } satisfies Marker));
  await save(earlier.used);
  const account = openAccount(budget, settings, earlier.used, save);
  const askedAt = new Date().toISOString();
  const advice = await ask(account).catch((error: unknown) => {
    throw withUsage(error, account.total());
  });
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
  await share?.();
  return advice;
}

async function readMarker(file: string): Promise<Marker> {
  const none = { asked: 0, used: NOTHING_USED };
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return none;
  try {
    return markerSchema.parse(JSON.parse(text));
  } catch {
    // Written by rename, so it is whole; what a hand has changed counts as a question that was put once.
    return { ...none, asked: 1 };
  }
}

/** The same failure, with what the question has used: the workflow counts it. */
function withUsage(error: unknown, usage: CallUsage): unknown {
  if (!(error instanceof ApplicationFailure)) return error;
  const { message, type, nonRetryable, nextRetryDelay } = error;
  return ApplicationFailure.create({
    message,
    nonRetryable: Boolean(nonRetryable),
    details: [{ usage }],
    ...(type ? { type } : {}),
    ...(nextRetryDelay ? { nextRetryDelay } : {}),
  });
}

/** One entry; null when there is none. An entry that cannot be read is set aside, and the question is asked again. */
async function readEntry(file: string): Promise<JournalEntry | null> {
  const text = await readIfThere(file);
  if (text === null) return null;
  try {
    return entrySchema.parse(JSON.parse(text));
  } catch {
    await rename(file, `${file}.unreadable`);
    return null;
  }
}
