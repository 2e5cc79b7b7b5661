/** Reading what a page sends. */
import type { Context } from 'hono';
import type { z } from 'zod';

/** A body that says nothing that can be done; the message names key and what is allowed. */
export class Unusable extends Error {}

/** @throws Unusable when the body is no JSON, or not what the schema wants. */
export async function bodyOf<Schema extends z.ZodType>(context: Context, schema: Schema): Promise<z.infer<Schema>> {
  if (!/^application\/json\b/i.test(context.req.header('content-type') ?? ''))
    throw new Unusable('a body is application/json');
  let raw: unknown;
  try {
    raw = await context.req.json();
  } catch {
    throw new Unusable('the body is no JSON');
  }
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new Unusable(`${path.length > 0 ? `${path.join('.')}: ` : ''}${message}`);
}
