/** What the trainer says of its machine, the data and the model before anything is trained. */
import { z } from 'zod';

const tokenFactsSchema = z.object({
  median: z.number(),
  p95: z.number(),
  longest: z.int(),
  limit: z.int().nullable(),
  cut: z.number().min(0).max(1),
});

export type TokenFacts = z.infer<typeof tokenFactsSchema>;

/**
 * `rows`: 0 where an own training does not tell. `texts`: characters of a sentence. `score_quartiles`: of the grades, in 0..1.
 * Both since 0.4.0. `units`: what a score is the mean of, or the correlation over. `tokens`: of a sentence with its prompt;
 * `limit`: that the model reads, `cut`: share of sentences that are longer. Both since 0.6.0.
 */
const split = z.object({
  rows: z.int().min(0),
  name: z.string(),
  units: z.int().min(0).optional(),
  texts: z.object({ median: z.number(), p95: z.number(), longest: z.int() }).optional(),
  tokens: tokenFactsSchema.optional(),
  score_quartiles: z.tuple([z.number(), z.number(), z.number()]).optional(),
});

/**
 * A model that a run may train, as it came. `tokens`: positions of a text; null: no bound. `bytes`: of all its files.
 * `licence`: as its card says; null: it says none.
 */
const inspectedModel = z.object({
  name: z.string(),
  source: z.string(),
  path: z.string(),
  fingerprint: z.string(),
  dimension: z.int().nullable(),
  tokens: z.int().nullable(),
  parameters: z.int(),
  bytes: z.int(),
  licence: z.string().nullable(),
});

/** Answer to `inspect`: the data as they will be used, and where the base model comes from. */
export const inspectionSchema = z.object({
  data: z.object({
    fingerprint: z.string(),
    source: z.string(),
    splits: z.object({ train: split, dev: split, test: split.nullable() }),
    warnings: z.array(z.string()),
    /** The score that the data ask for. Since 0.6.0. */
    metric: z.string().optional(),
  }),
  model: z.object({ source: z.string(), path: z.string(), fingerprint: z.string() }),
  /** Where BASE_MODEL is tuned: the default's and all choices. */
  models: z.array(inspectedModel).optional(),
});

/** Answer to `hello`: the machine. `memory_mb` is the accelerator's, in MiB. */
export const machineSchema = z.object({
  versions: z.record(z.string(), z.string()),
  device: z.object({
    type: z.enum(['cpu', 'cuda', 'mps']),
    name: z.string(),
    count: z.int(),
    memory_mb: z.number().nullable(),
  }),
  precisions: z.array(z.string()),
  threads: z.int().min(1),
});

/** What a score of a split is made of: pairs, queries, triplets. */
export const unitsIn = ({ units, rows }: z.infer<typeof split>): number => units ?? rows;

export type InspectedModel = z.infer<typeof inspectedModel>;
export type Inspection = z.infer<typeof inspectionSchema>;
export type Machine = z.infer<typeof machineSchema>;
/**
 * `slots`: trainings that the worker takes at once; absent before 0.4.0, when it was one. `at`: the place of the worker
 * (`domain/queues.ts`); absent before 0.5.0.
 */
export type TrainerFacts = Machine & { inspection: Inspection; slots?: number; at?: string };

/** What was found out of one of several models; null where there is one alone. */
export const inspected = (inspection: Inspection, model: string): InspectedModel | null =>
  inspection.models?.find(({ name }) => name === model) ?? null;

/** SHA-256 of a model's weights; of the run's own model where there are no others. */
export const fingerprintOf = (inspection: Inspection, model: string): string =>
  (inspected(inspection, model) ?? inspection.model).fingerprint;
