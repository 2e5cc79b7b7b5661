/** The shape of the search model's answers: what crosses from its process is checked once, here. */
import { z } from 'zod';
import type { Study } from '../../domain/study.ts';
import { ORIGINS } from '../../domain/trials.ts';

const values = z.record(z.string(), z.union([z.string(), z.number()]));
const hint = z.object({
  change: values,
  by: z.enum(['default', 'adviser', 'search', 'fallback', 'person', 'agent', 'earlier_run']),
  source: z.string(),
});
const candidate = z.object({
  values,
  change: values,
  origin: z.enum(ORIGINS),
  mean: z.number(),
  sd: z.number().min(0),
  low: z.number(),
  high: z.number(),
  gain: z.number().min(0),
  chance: z.number().min(0).max(1),
  seconds: z.number().min(0).nullable(),
  hint: hint.optional(),
});

/** Candidates beside the chosen ones are bounded: an answer goes into the run's history. */
const SHORTLIST = 12;

export const studySchema: z.ZodType<Study> = z.object({
  base: z.object({ values, mean: z.number(), sd: z.number().min(0) }),
  next: z.array(candidate).max(64),
  shortlist: z.array(candidate).max(SHORTLIST),
  keys: z.record(z.string(), z.object({ gain: z.number().min(0), worthwhile: z.boolean(), untried: z.int().min(0) })),
  winner: z.object({ values, gain: z.number(), sd: z.number().min(0) }),
  noise: z.object({ atDefault: z.number().min(0), atBase: z.number().min(0), repeats: z.int().min(0) }),
  outlook: z.object({
    possible: z.object({ mean: z.number(), low: z.number(), high: z.number() }),
    next: z.number(),
    worthwhile: z.boolean(),
  }),
  expected: z
    .array(z.object({ low: z.number(), high: z.number() }))
    .max(64)
    .optional(),
});
