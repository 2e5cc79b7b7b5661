/** Files of JSON lines that are appended to: a line that a crash cut off, or that is of another kind, is left out. */
import type { z } from 'zod';

export function jsonLines<Schema extends z.ZodType>(text: string, schema: Schema): z.infer<Schema>[] {
  return text.split('\n').flatMap((line) => {
    try {
      return [schema.parse(JSON.parse(line))];
    } catch {
      return [];
    }
  });
}
