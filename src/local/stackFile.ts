/** What the supervisor tells other commands of the local stack. */
import { readFile } from 'node:fs/promises';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { isAlive } from '../processes/identity.ts';
import { LOCAL } from './paths.ts';
import { VERSION_UNKNOWN, versionSchema } from './version.ts';

const identitySchema = z.object({ pid: z.int(), startTicks: z.string(), bootId: z.string(), host: z.string() });
const memberSchema = z.object({ name: z.string(), identity: identitySchema, since: z.string(), restarts: z.int() });

export const stackSchema = z.object({
  supervisor: identitySchema,
  /** What supervisor and members run, and the checkout that they run from. */
  version: versionSchema.default(VERSION_UNKNOWN),
  checkout: z.string().default(''),
  address: z.string(),
  webUi: z.string(),
  /** Address of the dashboard; null: a stack of 0.6.0 or before, which has none. */
  dashboard: z.string().nullable().default(null),
  /**
   * Which encryption keys the workers were started with, as digests (encryptionKeys.mjs); the keys themselves are
   * nowhere in this file. Earlier releases wrote other digests, or none.
   */
  encryption: z.string().default(''),
  /** The supervisor was told to leave, and is ending the members. */
  stopping: z.boolean().default(false),
  members: z.array(memberSchema),
});
export type StackFile = z.infer<typeof stackSchema>;
export type StackMember = z.infer<typeof memberSchema>;

/** The file as it is, whether or not what it names still lives; null when there is none or it cannot be read. */
export async function readStackFile(): Promise<StackFile | null> {
  const text = await readFile(LOCAL.stack, 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return stackSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

export function writeStackFile(stack: StackFile): Promise<void> {
  return writeFileAtomic(LOCAL.stack, `${JSON.stringify(stack, null, 2)}\n`);
}

/** The stack whose supervisor runs; null when there is none. */
export async function liveStack(): Promise<StackFile | null> {
  const stack = await readStackFile();
  return stack && (await isAlive(stack.supervisor)) ? stack : null;
}
