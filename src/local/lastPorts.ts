/** Where the local stack listened last, kept while it is down: open browser tabs and remote workers find it again. */
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { readIfThere } from '../processes/readIfThere.ts';
import { LOCAL } from './paths.ts';

const lastPortsSchema = z.object({
  address: z.string(),
  webUi: z.string(),
  dashboard: z.string().nullable().default(null),
});
export type LastPorts = z.infer<typeof lastPortsSchema>;

export const keepPorts = ({ address, webUi, dashboard }: LastPorts): Promise<void> =>
  writeFileAtomic(LOCAL.ports, `${JSON.stringify({ address, webUi, dashboard })}\n`);

/** Null when the stack was never up, or when the file cannot be read: then it takes the first free ports. */
export async function lastPorts(): Promise<LastPorts | null> {
  const text = await readIfThere(LOCAL.ports);
  if (text === null) return null;
  try {
    return lastPortsSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
