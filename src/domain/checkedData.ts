/** What the trainer says of a person's data (`check-data`). */
import { z } from 'zod';

const quantiles = z.object({ median: z.number(), p95: z.number(), longest: z.int() });
const share = z.number().min(0).max(1);

const checkedSplitSchema = z.object({
  name: z.string(),
  rows: z.int(),
  units: z.int(),
  unit: z.string(),
  /** By column. `scripts`: share of letters; `distinct`: different sentences. */
  texts: z.record(
    z.string(),
    z.object({ characters: quantiles, scripts: z.record(z.string(), share), distinct: z.int() }),
  ),
  /** By column, with prompts; of up to 10,000 rows. `limit`: tokens that the model reads; `cut`: share of longer texts. */
  tokens: z.record(z.string(), quantiles.extend({ limit: z.int().nullable(), cut: share })),
  /** Of grades (in 0..1 if their range is known) and labels: how many lie from … to. */
  values: z.record(z.string(), z.array(z.object({ from: z.number(), to: z.number(), count: z.int() }))),
  /** Rows that stand there already. */
  duplicates: z.int(),
});

export const checkedDataSchema = z.object({
  task: z.string(),
  source: z.string(),
  /** By split: how the file calls the task's columns, and all columns of it. */
  columns: z
    .record(
      z.string(),
      z.object({ sources: z.record(z.string(), z.union([z.string(), z.int()])), header: z.array(z.string()) }),
    )
    .default({}),
  splits: z.record(z.string(), checkedSplitSchema),
  near_duplicates: z
    .array(
      z.object({
        first: z.string(),
        second: z.string(),
        count: z.int(),
        examples: z.array(z.object({ first: z.string(), second: z.string(), alike: share })),
      }),
    )
    .default([]),
  examples: z
    .array(
      z.object({
        cells: z.array(z.object({ column: z.string(), value: z.union([z.string(), z.number()]), cut: z.boolean() })),
      }),
    )
    .default([]),
  warnings: z.array(z.string()),
  /** Each sort once: its first message, how many rows have it, and where the first five are. */
  problems: z.array(z.object({ message: z.string(), count: z.int(), places: z.array(z.string()) })),
  usable: z.boolean(),
});

export type CheckedData = z.infer<typeof checkedDataSchema>;
export type CheckedSplit = z.infer<typeof checkedSplitSchema>;
